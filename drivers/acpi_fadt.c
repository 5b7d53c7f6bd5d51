/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_fadt.c: the FADT: timer, reset and power registers of the machine. */
#include "drivers/acpi_fadt.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

/* Offsets; ACPI Specification 6.5, "FADT Format". */
enum {
	AT_REVISION = 8,
	AT_DSDT = 40,
	AT_SCI_INT = 46,
	AT_SMI_CMD = 48,
	AT_ACPI_ENABLE = 52,
	AT_PM1A_CNT = 64,
	AT_PM1B_CNT = 68,
	AT_PM_TMR = 76,
	AT_PM1_CNT_LEN = 89,
	AT_PM_TMR_LEN = 91,
	AT_CENTURY = 108,
	AT_BOOT_ARCH = 109,
	AT_FLAGS = 112,
	REVISION_1_BYTES = 116,
	AT_RESET_REG = 116,
	AT_RESET_VALUE = 128,
	AT_X_DSDT = 140,
	AT_X_PM1A_CNT = 172,
	AT_X_PM1B_CNT = 184,
	AT_X_PM_TMR = 208,
};

enum {
	FLAG_TMR_VAL_EXT = 1 << 8,
	FLAG_RESET_REG_SUP = 1 << 10,
	FLAG_HW_REDUCED = 1 << 20,
	PM_TMR_BYTES = 4,
	PM1_CNT_BYTES_MIN = 2,
	PORTS = 0x10000,
};

/** field() - a number at an offset; 0 when the table ends before. */
static uint64_t field(const struct cursor *table, size_t at, size_t bytes)
{
	struct cursor c = *table;

	cursor_seek(&c, at);
	return cursor_le(&c, bytes);
}

static struct acpi_register register_at(const struct cursor *table, size_t at)
{
	struct cursor c = *table;

	cursor_seek(&c, at);
	return acpi_register_read(&c);
}

/** struct block - a register that a table may describe twice: as a port, and later as a GAS. */
struct block {
	size_t at_port;
	size_t at_length;
	uint8_t bytes_min;
	size_t at_register;
};

static const struct block pm_timer_block = { AT_PM_TMR, AT_PM_TMR_LEN, PM_TMR_BYTES, AT_X_PM_TMR };
static const struct block pm1a_block = { AT_PM1A_CNT, AT_PM1_CNT_LEN, PM1_CNT_BYTES_MIN,
					 AT_X_PM1A_CNT };
static const struct block pm1b_block = { AT_PM1B_CNT, AT_PM1_CNT_LEN, PM1_CNT_BYTES_MIN,
					 AT_X_PM1B_CNT };

/** block_register() - the GAS when it can be used, else the port. */
static struct acpi_register block_register(const struct cursor *table, const struct block *block)
{
	struct acpi_register reg = register_at(table, block->at_register);
	uint64_t port = field(table, block->at_port, 4);
	uint64_t bytes = field(table, block->at_length, 1);

	if (reg.present && reg.space != ACPI_SPACE_PCI) {
		return reg;
	}
	return (struct acpi_register){
		.present = port != 0 && port < PORTS && bytes >= block->bytes_min,
		.space = ACPI_SPACE_IO,
		.bit_width = (uint8_t)(block->bytes_min * 8),
		.access_bytes = block->bytes_min,
		.address = port,
	};
}

static void read_power(const struct cursor *table, uint32_t flags, struct acpi_fadt *out)
{
	out->hardware_reduced = (flags & FLAG_HW_REDUCED) != 0;
	if (out->hardware_reduced) {
		return;
	}
	uint64_t smi_command = field(table, AT_SMI_CMD, 4);

	out->sci_irq = (uint16_t)field(table, AT_SCI_INT, 2);
	out->smi_command = smi_command < PORTS ? (uint16_t)smi_command : 0;
	out->acpi_enable = (uint8_t)field(table, AT_ACPI_ENABLE, 1);
	out->pm1a_control = block_register(table, &pm1a_block);
	out->pm1b_control = block_register(table, &pm1b_block);
	out->pm_timer = block_register(table, &pm_timer_block);
	out->pm_timer_bits = (flags & FLAG_TMR_VAL_EXT) != 0 ? 32 : 24;
}

static void read_reset(const struct cursor *table, uint32_t flags, struct acpi_fadt *out)
{
	out->reset = register_at(table, AT_RESET_REG);
	out->reset_value = (uint8_t)field(table, AT_RESET_VALUE, 1);
	out->has_reset = (flags & FLAG_RESET_REG_SUP) != 0 && out->reset.present &&
			 table->length > AT_RESET_VALUE;
}

static void read_identity(const struct cursor *table, struct acpi_fadt *out)
{
	uint64_t dsdt = field(table, AT_X_DSDT, 8);

	out->revision = (uint8_t)field(table, AT_REVISION, 1);
	out->dsdt = hpa(dsdt != 0 ? dsdt : field(table, AT_DSDT, 4));
	out->century = (uint8_t)field(table, AT_CENTURY, 1);
	/* Reserved bytes before revision 2. */
	out->has_boot_arch = out->revision >= 2;
	out->boot_arch = out->has_boot_arch ? (uint16_t)field(table, AT_BOOT_ARCH, 2) : 0;
}

enum status acpi_fadt_parse(const struct acpi_table *table, struct acpi_fadt *out)
{
	struct cursor c;

	memset(out, 0, sizeof(*out));
	enum status status = acpi_table_open(table, "FACP", out->why, &c);

	if (status != OK) {
		return status;
	}
	if (c.length < REVISION_1_BYTES) {
		format(out->why, ACPI_WHY_BYTES, "FACP: %zu bytes, at least %d are needed",
		       c.length, REVISION_1_BYTES);
		return E_TRUNCATED;
	}
	uint32_t flags = (uint32_t)field(&c, AT_FLAGS, 4);

	read_identity(&c, out);
	read_power(&c, flags, out);
	read_reset(&c, flags, out);
	return OK;
}
