/* SPDX-License-Identifier: Apache-2.0 */
/* vpiix.c: PCI configuration registers of the chipset that PC firmware looks for. */
#include "kernel/vdev/vpiix.h"

/* As in CONFIG_ADDRESS: device in bits 15:11, function in bits 10:8. */
enum { HOST = 0, ISA = 1 << 11, PM = 1 << 11 | 3 << 8 };

enum {
	PMBA = 0x40,
	PMREGMISC = 0x80,
	PMREGMISC_IO = 1 << 0, /* the block answers at PMBA */
	PMBA_ADDRESS = 0xFFC0,
};

struct row {
	uint16_t function;
	uint16_t offset;
	uint32_t start;    /* after power-on */
	uint32_t writable; /* bits that keep what is written */
	const char *reason;
};

/*
 * What no row names reads as 0 and cannot be written. The PAM registers say whether ROM or RAM answers from
 * C0000H to FFFFFH; here it is RAM whatever they say, with the end of the image in it.
 */
/* clang-format off */
static const struct row rows[] = {
	{ HOST, 0x00, 0x12378086, 0, "82441FX" },
	{ HOST, 0x04, 0x02800006, 0, "memory and bus master cannot be switched off" },
	{ HOST, 0x08, 0x06000002, 0, "host bridge" },
	{ HOST, 0x58, 0,          0x33333300, "PAM0 to PAM2, behind DRAMC" },
	{ HOST, 0x5C, 0,          0x33333333, "PAM3 to PAM6" },
	{ ISA,  0x00, 0x71108086, 0, "PIIX4, ISA bridge" },
	{ ISA,  0x04, 0x02800007, 0, "nothing of it can be switched off" },
	{ ISA,  0x08, 0x06010002, 0, "ISA bridge: behind it are COM1, the clock, the 8259As" },
	{ ISA,  0x0C, 0x00800000, 0, "one function of several" },
	{ ISA,  0x60, 0x80808080, 0x8F8F8F8F, "PIRQRC: no function has an interrupt pin to route" },
	{ PM,   0x00, 0x71138086, 0, "PIIX4, power management" },
	{ PM,   0x04, 0x02800000, 0x00000001, "I/O enable: of the SMBus, which is not there" },
	{ PM,   0x08, 0x06800003, 0, "other bridge" },
	{ PM,   0x3C, 0,          0x000000FF, "interrupt line: a note of firmware's" },
	{ PM,   PMBA, 0x00000001, PMBA_ADDRESS, "base of the power-management block, in I/O space" },
	{ PM,   PMREGMISC, 0,     PMREGMISC_IO, "power-management block on" },
	{ PM,   0x90, 0x00000001, 0x0000FFF0, "SMBus base: kept, and nothing is there" },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(rows) == VPIIX_REGISTERS, "counted");

/* The index of its row; VPIIX_REGISTERS when there is none. */
static unsigned find(uint32_t function, uint32_t offset)
{
	unsigned i = 0;

	while (i < VPIIX_REGISTERS && (rows[i].function != function || rows[i].offset != offset)) {
		i++;
	}
	return i;
}

void vpiix_init(struct vpiix *piix)
{
	for (unsigned i = 0; i < VPIIX_REGISTERS; i++) {
		piix->value[i] = rows[i].start;
	}
}

uint32_t vpiix_read(const struct vpiix *piix, uint32_t function, uint32_t offset)
{
	unsigned i = find(function, offset);

	if (find(function, 0) == VPIIX_REGISTERS) {
		return UINT32_MAX;
	}
	return i < VPIIX_REGISTERS ? piix->value[i] : 0;
}

void vpiix_write(struct vpiix *piix, uint32_t function, uint32_t offset, uint32_t value,
		 uint32_t bits)
{
	unsigned i = find(function, offset);

	if (i < VPIIX_REGISTERS) {
		bits &= rows[i].writable;
		piix->value[i] = (piix->value[i] & ~bits) | (value & bits);
	}
}

uint16_t vpiix_pm_base(const struct vpiix *piix)
{
	bool on = (vpiix_read(piix, PM, PMREGMISC) & PMREGMISC_IO) != 0;

	return on ? (uint16_t)(vpiix_read(piix, PM, PMBA) & PMBA_ADDRESS) : 0;
}
