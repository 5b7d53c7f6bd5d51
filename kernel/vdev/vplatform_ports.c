/* SPDX-License-Identifier: Apache-2.0 */
/* vplatform_ports.c: which device of a guest's board answers at which port. */
#include "kernel/vdev/vplatform.h"
#include "kernel/vdev/vplatform_parts.h"

enum { PIT = 0x40, COM1 = VPLATFORM_PORT_COM1 };

/* Access widths a device takes as one; others are cut into bytes. */
enum { BYTE = 1, WORD = 2, DWORD = 4, ANY = BYTE | WORD | DWORD };

/* Which accesses may move a deadline. */
enum { NEVER = 0, READS = 1, WRITES = 2 };

/* One row: who answers at a range of ports. */
struct port_row {
	uint16_t first;
	uint16_t last;
	uint8_t widths;
	uint8_t retimes;
	enum vplatform_part part;
	uint32_t (*read)(struct vplatform *platform, const struct vplatform_access *access);
	enum vplatform_action (*write)(struct vplatform *platform,
				       const struct vplatform_access *access);
	const char *reason;
};

static uint32_t read_uart(struct vplatform *platform, const struct vplatform_access *access)
{
	return vuart_read(&platform->uart, (unsigned)access->port - COM1);
}

static enum vplatform_action write_uart(struct vplatform *platform,
					const struct vplatform_access *access)
{
	vuart_write(&platform->uart, (unsigned)access->port - COM1, (uint8_t)access->value);
	return VPLATFORM_NONE;
}

static uint32_t read_rtc(struct vplatform *platform, const struct vplatform_access *access)
{
	return vrtc_read(&platform->rtc, access->port, access->now);
}

static enum vplatform_action write_rtc(struct vplatform *platform,
				       const struct vplatform_access *access)
{
	vrtc_write(&platform->rtc, access->port, (uint8_t)access->value, access->now);
	return VPLATFORM_NONE;
}

static uint32_t read_pit(struct vplatform *platform, const struct vplatform_access *access)
{
	return vpit_read(&platform->pit, (unsigned)access->port - PIT, access->now);
}

static enum vplatform_action write_pit(struct vplatform *platform,
				       const struct vplatform_access *access)
{
	vpit_write(&platform->pit, (unsigned)access->port - PIT, (uint8_t)access->value,
		   access->now);
	return VPLATFORM_NONE;
}

static uint32_t read_pic(struct vplatform *platform, const struct vplatform_access *access)
{
	uint8_t value = vpic_read(&platform->pic, access->port);

	/* A poll acknowledges. */
	vplatform_pic_moved(platform, false);
	return value;
}

static enum vplatform_action write_pic(struct vplatform *platform,
				       const struct vplatform_access *access)
{
	vpic_write(&platform->pic, access->port, (uint8_t)access->value);
	vplatform_pic_moved(platform, false);
	return VPLATFORM_NONE;
}

/* PIIX4 data sheet, "NMI Status and Control Register". */
enum {
	PORT61_TIMER2_GATE = 1 << 0,
	PORT61_SPEAKER = 1 << 1,
	PORT61_NMI_MASKS = 3 << 2,
	PORT61_REFRESH = 1 << 4,
	PORT61_TIMER2_OUT = 1 << 5,

	REFRESH_NS = 15085, /* from one DRAM refresh to the next; some delay loops count them */
};

static uint32_t read_port61(struct vplatform *platform, const struct vplatform_access *access)
{
	uint32_t value = platform->port61;

	if ((access->now / REFRESH_NS & 1) != 0) {
		value |= PORT61_REFRESH;
	}
	if (vpit_output2(&platform->pit, access->now)) {
		value |= PORT61_TIMER2_OUT;
	}
	return value;
}

static enum vplatform_action write_port61(struct vplatform *platform,
					  const struct vplatform_access *access)
{
	platform->port61 = access->value & (PORT61_TIMER2_GATE | PORT61_SPEAKER | PORT61_NMI_MASKS);
	vpit_gate2_set(&platform->pit, (platform->port61 & PORT61_TIMER2_GATE) != 0, access->now);
	return VPLATFORM_NONE;
}

static uint32_t read_reset(struct vplatform *platform, const struct vplatform_access *access)
{
	return vreset_read(&platform->reset, access->port);
}

static enum vplatform_action write_reset(struct vplatform *platform,
					 const struct vplatform_access *access)
{
	return vreset_write(&platform->reset, access->port, (uint8_t)access->value);
}

static uint32_t read_8042(struct vplatform *platform, const struct vplatform_access *access)
{
	return v8042_read(&platform->kbc, access->port);
}

static enum vplatform_action write_8042(struct vplatform *platform,
					const struct vplatform_access *access)
{
	return v8042_write(&platform->kbc, access->port, (uint8_t)access->value);
}

static uint32_t read_nothing(struct vplatform *platform, const struct vplatform_access *access)
{
	(void)platform;
	return vplatform_ones(access->bytes);
}

static enum vplatform_action write_nothing(struct vplatform *platform,
					   const struct vplatform_access *access)
{
	(void)platform;
	(void)access;
	return VPLATFORM_NONE;
}

/* What reads there is how firmware (OVMF, SeaBIOS) finds the port: Bochs' "port e9 hack", QEMU's isa-debugcon. */
enum { DEBUGCON_MARK = 0xE9 };

static uint32_t read_debugcon(struct vplatform *platform, const struct vplatform_access *access)
{
	(void)platform;
	(void)access;
	return DEBUGCON_MARK;
}

static enum vplatform_action write_debugcon(struct vplatform *platform,
					    const struct vplatform_access *access)
{
	console_ring_put(platform->debug, (uint8_t)access->value);
	return VPLATFORM_NONE;
}

static uint32_t read_pm(struct vplatform *platform, const struct vplatform_access *access)
{
	return vpm_read(&platform->pm, access);
}

static enum vplatform_action write_pm(struct vplatform *platform,
				      const struct vplatform_access *access)
{
	return vpm_write(&platform->pm, access);
}

/* 0xCF9 is the reset register only for a byte access; a wider one over it is PCI CONFIG_ADDRESS or nothing. */
static bool is_reset_register(const struct vplatform_access *access)
{
	return access->port == VRESET_PORT_CF9 && access->bytes == 1;
}

static uint32_t read_pci(struct vplatform *platform, const struct vplatform_access *access)
{
	if (is_reset_register(access)) {
		return read_reset(platform, access);
	}
	return vpci_read(&platform->pci, access);
}

static enum vplatform_action write_pci(struct vplatform *platform,
				       const struct vplatform_access *access)
{
	if (is_reset_register(access)) {
		return write_reset(platform, access);
	}
	vpci_write(&platform->pci, access);
	return VPLATFORM_NONE;
}

/* clang-format off */
static const struct port_row port_rows[] = {
	{ 0x020, 0x021, BYTE, NEVER, VPLATFORM_EVERY, read_pic, write_pic, "8259A, master" },
	{ 0x040, 0x043, BYTE, WRITES, VPLATFORM_EVERY, read_pit, write_pit, "8254" },
	{ 0x060, 0x060, BYTE, NEVER, VPLATFORM_EVERY, read_8042, write_8042, "keyboard controller, data" },
	{ 0x061, 0x061, BYTE, NEVER, VPLATFORM_EVERY, read_port61, write_port61, "gate and output of 8254 channel 2, for calibration" },
	{ 0x064, 0x064, BYTE, NEVER, VPLATFORM_EVERY, read_8042, write_8042, "keyboard controller, command and status; reset" },
	{ 0x070, 0x071, BYTE, READS | WRITES, VPLATFORM_EVERY, read_rtc, write_rtc, "real-time clock" },
	{ 0x080, 0x080, BYTE, NEVER, VPLATFORM_EVERY, read_nothing, write_nothing, "POST code, and the delay of systems that know no better" },
	{ 0x092, 0x092, BYTE, NEVER, VPLATFORM_EVERY, read_reset, write_reset, "fast reset; A20, always open" },
	{ 0x0A0, 0x0A1, BYTE, NEVER, VPLATFORM_EVERY, read_pic, write_pic, "8259A, slave" },
	{ 0x0E9, 0x0E9, BYTE, NEVER, VPLATFORM_DEBUGCON, read_debugcon, write_debugcon, "debug port, Bochs'" },
	{ 0x0ED, 0x0ED, BYTE, NEVER, VPLATFORM_EVERY, read_nothing, write_nothing, "the other delay port" },
	{ 0x3F8, 0x3FF, BYTE, NEVER, VPLATFORM_EVERY, read_uart, write_uart, "COM1: the guest's console" },
	{ 0x402, 0x402, BYTE, NEVER, VPLATFORM_DEBUGCON, read_debugcon, write_debugcon, "debug port, QEMU's" },
	{ 0x4D0, 0x4D1, BYTE, NEVER, VPLATFORM_EVERY, read_pic, write_pic, "8259A, edge or level" },
	{ 0x600, 0x605, ANY,  WRITES, VPLATFORM_EVERY, read_pm, write_pm, "ACPI PM1a event and control" },
	{ 0x608, 0x60B, ANY,  NEVER, VPLATFORM_EVERY, read_pm, write_pm, "ACPI PM timer" },
	{ 0xCF8, 0xCFF, ANY,  NEVER, VPLATFORM_EVERY, read_pci, write_pci, "PCI configuration; the byte at 0xCF9 is the reset register" },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(port_rows) < UINT8_MAX, "a row's number fits into row_of_port");

/* The row that takes the access as a whole, or NULL. */
static const struct port_row *row_for(const struct vplatform *platform,
				      const struct vplatform_access *access)
{
	if (access->port >= VPLATFORM_PORTS || platform->row_of_port[access->port] == 0) {
		return NULL;
	}
	const struct port_row *row = &port_rows[platform->row_of_port[access->port] - 1];

	if ((row->widths & access->bytes) == 0 || access->port + access->bytes - 1 > row->last) {
		return NULL;
	}
	return row;
}

static bool is_wide(const struct vplatform_access *access)
{
	return access->bytes == 2 || access->bytes == 4;
}

/* One byte of a wide access. Port numbers wrap around behind 0xFFFF, as the bus has 16 address lines. */
static struct vplatform_access byte_of(const struct vplatform_access *access, unsigned i)
{
	return (struct vplatform_access){
		.port = (uint16_t)(access->port + i),
		.bytes = 1,
		.value = access->value >> (8 * i) & 0xFF,
		.now = access->now,
	};
}

/* Never inlined, like its twin: the plain access shall not pay for their registers and stack. */
static __attribute__((noinline)) uint32_t read_bytewise(struct vplatform *platform,
							struct vplatform_access *access)
{
	uint32_t value = 0;

	access->granted = true;
	for (unsigned i = 0; i < access->bytes; i++) {
		struct vplatform_access byte = byte_of(access, i);

		value |= vplatform_port_read(platform, &byte) << (8 * i);
		access->granted &= byte.granted;
		access->retimed |= byte.retimed;
	}
	return value;
}

/* Firmware may move the power-management ports; they stay at their own place as well. */
static const struct port_row *moved_row(const struct vplatform *platform,
					struct vplatform_access *access)
{
	uint16_t base = vpci_pm_base(&platform->pci);
	uint32_t offset = (uint32_t)access->port - base;

	if (base == 0 || offset >= VPM_PORT_TIMER + VPM_TIMER_BYTES - VPM_PORT_EVENT) {
		return NULL;
	}
	access->port = (uint16_t)(VPM_PORT_EVENT + offset);
	return row_for(platform, access);
}

static const struct port_row *find_row(const struct vplatform *platform,
				       struct vplatform_access *access)
{
	const struct port_row *row = row_for(platform, access);

	return row != NULL ? row : moved_row(platform, access);
}

uint32_t vplatform_port_read(struct vplatform *platform, struct vplatform_access *access)
{
	const struct port_row *row = find_row(platform, access);

	access->granted = row != NULL;
	access->retimed = row != NULL && (row->retimes & READS) != 0;
	if (row != NULL) {
		return row->read(platform, access);
	}
	return is_wide(access) ? read_bytewise(platform, access) : UINT8_MAX;
}

static __attribute__((noinline)) enum vplatform_action
write_bytewise(struct vplatform *platform, struct vplatform_access *access)
{
	enum vplatform_action action = VPLATFORM_NONE;

	access->granted = true;
	for (unsigned i = 0; i < access->bytes && action == VPLATFORM_NONE; i++) {
		struct vplatform_access byte = byte_of(access, i);

		action = vplatform_port_write(platform, &byte);
		access->granted &= byte.granted;
		access->retimed |= byte.retimed;
	}
	return action;
}

enum vplatform_action vplatform_port_write(struct vplatform *platform,
					   struct vplatform_access *access)
{
	const struct port_row *row = find_row(platform, access);

	access->granted = row != NULL;
	access->retimed = row != NULL && (row->retimes & WRITES) != 0;
	if (row != NULL) {
		return row->write(platform, access);
	}
	return is_wide(access) ? write_bytewise(platform, access) : VPLATFORM_NONE;
}

void vplatform_map_ports(struct vplatform *platform)
{
	for (size_t i = 0; i < ARRAY_COUNT(port_rows); i++) {
		const struct port_row *row = &port_rows[i];

		for (unsigned port = row->first;
		     port <= row->last && vplatform_has(platform, row->part); port++) {
			platform->row_of_port[port] = (uint8_t)(i + 1);
		}
	}
}
