/* SPDX-License-Identifier: Apache-2.0 */
/* vacpi_devices.c: the ACPI tables that describe one device each. */
#include "kernel/vdev/vacpi_devices.h"

#include "kernel/vdev/vhpet.h"
#include "kernel/vdev/vpci.h"
#include "kernel/vdev/vplatform.h"

/* ACPI 5.0, "Generic Address Structure". */
struct address {
	uint8_t space; /* 0 memory, 1 I/O */
	uint8_t bits;
	uint8_t offset;
	uint8_t access; /* 1 byte; 0 does not say */
	uint64_t at;
} __attribute__((packed));

/* What is behind the header of each table. */
struct mcfg_body {
	uint64_t reserved;
	uint64_t base;
	uint16_t segment;
	uint8_t bus_first;
	uint8_t bus_last;
	uint32_t reserved2;
} __attribute__((packed));

struct spcr_body {
	uint8_t type;
	uint8_t reserved[3];
	struct address base;
	uint8_t interrupt_types;
	uint8_t irq;
	uint32_t gsi;
	uint8_t speed;
	uint8_t parity;
	uint8_t stop_bits;
	uint8_t flow_control;
	uint8_t terminal;
	uint8_t language;
	uint16_t pci_device;
	uint16_t pci_vendor;
	uint8_t pci_place[3];
	uint32_t pci_flags;
	uint8_t pci_segment;
	uint32_t reserved2;
} __attribute__((packed));

struct hpet_body {
	uint32_t block_id;
	struct address base;
	uint8_t number;
	uint16_t period_min; /* ticks */
	uint8_t protection;
} __attribute__((packed));

static const struct mcfg_body mcfg = { .base = VPCI_ECAM_BASE };

static const struct spcr_body spcr = {
	.type = 0, /* a full 16550 */
	.base = { .space = 1, .bits = 8, .access = 1, .at = VPLATFORM_PORT_COM1 },
	.interrupt_types = 1 << 0 | 1 << 1, /* 8259, I/O APIC */
	.irq = VPLATFORM_GSI_COM1,
	.gsi = VPLATFORM_GSI_COM1,
	.speed = 7, /* 115200 */
	.stop_bits = 1,
	.pci_device = 0xFFFF, /* no PCI device */
	.pci_vendor = 0xFFFF,
};

static const struct hpet_body hpet = {
	.block_id = VHPET_BLOCK_ID,
	.base = { .space = 0, .bits = 64, .at = VHPET_BASE },
	.period_min = VHPET_PERIOD_MIN_NS / VHPET_TICK_NS,
};

static size_t put_table(struct vacpi_writer *w, const char *signature, uint8_t revision,
			const void *body, size_t bytes)
{
	size_t start = vacpi_table_begin(w, signature, revision);

	vacpi_put_bytes(w, body, bytes);
	vacpi_table_end(w, start);
	return start;
}

size_t vacpi_put_mcfg(struct vacpi_writer *w)
{
	return put_table(w, "MCFG", 1, &mcfg, sizeof(mcfg));
}

size_t vacpi_put_spcr(struct vacpi_writer *w)
{
	return put_table(w, "SPCR", 2, &spcr, sizeof(spcr));
}

size_t vacpi_put_hpet(struct vacpi_writer *w)
{
	return put_table(w, "HPET", 1, &hpet, sizeof(hpet));
}
