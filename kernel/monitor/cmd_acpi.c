/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_acpi.c: commands that show the machine's ACPI tables. */
#include "drivers/acpi_list.h"
#include "kernel/host_memory.h"
#include "kernel/inspect.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/view.h"

/* What the steps remember: names for run->at[]. */
enum { AT_STARTED, AT_TABLE, AT_OFFSET, AT_SUM };

/* Bytes summed up, and lines dumped, in one step. */
enum { SUM_BYTES = 16384, CHUNK_BYTES = 256, DUMP_LINES = 48 };

static bool read(void *context, hpa_t at, void *to, size_t bytes)
{
	(void)context;
	return host_memory_read(at, to, bytes);
}

static struct acpi_source source(void)
{
	return (struct acpi_source){ read, NULL, inspect_boot()->rsdp };
}

static enum status table_at(uint64_t index, struct acpi_listed *table)
{
	struct acpi_source from = source();

	return acpi_list(&from, (uint32_t)index, table);
}

static void view_table(const struct acpi_listed *table, const char *sum)
{
	view_object(NULL);
	view_text("signature", -9, table->signature);
	view_hex("address", 12, table->at.value);
	view_number("length", 7, table->length);
	view_number("revision", 8, table->revision);
	view_text("oem", -6, table->oem);
	view_text("oem_table", -9, table->oem_table);
	view_hex("oem_revision", 12, table->oem_revision);
	view_text("checksum", 0, sum);
	view_object_end();
}

/* Adds up some more bytes; true when that was the last one. */
static bool add_up(struct command_run *run, const struct acpi_listed *table)
{
	uint32_t offset = (uint32_t)run->at[AT_OFFSET];
	uint32_t end = (uint32_t)min_u64(table->length, offset + (uint64_t)SUM_BYTES);

	while (offset < end) {
		uint8_t bytes[CHUNK_BYTES];
		uint32_t count = (uint32_t)min_u64(end - offset, sizeof(bytes));

		if (!host_memory_read(hpa(table->at.value + offset), bytes, count)) {
			run->at[AT_SUM] = 1; /* reaches into what may not be read */
			return true;
		}
		for (uint32_t i = 0; i < count; i++) {
			run->at[AT_SUM] += bytes[i];
		}
		offset += count;
	}
	run->at[AT_OFFSET] = end;
	return end == table->length;
}

static const char *sum_text(const struct acpi_listed *table, uint64_t sum)
{
	if (table->problem != NULL) {
		return table->problem;
	}
	if (!acpi_has_sum(table->signature)) {
		return "none";
	}
	return (sum & 0xFF) == 0 ? "good" : "BAD";
}

static bool list_table(struct command_run *run)
{
	struct acpi_listed table;

	if (run->at[AT_TABLE] > ACPI_LIST_TABLES_MAX || table_at(run->at[AT_TABLE], &table) != OK) {
		return true;
	}
	if (add_up(run, &table)) {
		view_table(&table, sum_text(&table, run->at[AT_SUM]));
		run->at[AT_TABLE]++;
		run->at[AT_OFFSET] = 0;
		run->at[AT_SUM] = 0;
	}
	return false;
}

static bool show_list(struct command_run *run)
{
	struct acpi_listed root;

	if (run->at[AT_STARTED]++ > 0) {
		return list_table(run);
	}
	bool there = table_at(0, &root) == OK;
	view_object(NULL);
	if (there) {
		view_hex("rsdp", 0, inspect_boot()->rsdp.value);
	} else {
		view_text("rsdp", 0, "none: firmware gave no ACPI tables");
	}
	view_list("tables");
	return !there;
}

/* Moves at[AT_TABLE] to the next table that is wanted. Return: whether there is one. */
static bool find_wanted(struct command_run *run, struct acpi_listed *table)
{
	for (; run->at[AT_TABLE] <= ACPI_LIST_TABLES_MAX; run->at[AT_TABLE]++) {
		if (table_at(run->at[AT_TABLE], table) != OK) {
			return false;
		}
		if (run->argc > 0 ? strcmp(table->signature, run->argv[0]) == 0
				  : table->problem == NULL) {
			return true;
		}
	}
	return false;
}

static bool begin_dump(struct command_run *run)
{
	struct acpi_listed table;

	if (table_at(0, &table) != OK) {
		return command_fail(run, COMMAND_FAILED, "firmware gave no ACPI tables");
	}
	if (!find_wanted(run, &table)) {
		return command_fail(
			run, COMMAND_FAILED,
			"there is no ACPI table \"%s\"; acpi list shows which there are",
			run->argv[0]);
	}
	if (table.problem != NULL) {
		return command_fail(run, COMMAND_FAILED, "%s at 0x%lx: %s", table.signature,
				    table.at.value, table.problem);
	}
	view_list(NULL);
	return false;
}

/* Return: whether the table is over. */
static bool dump_lines(struct command_run *run, const struct acpi_listed *table)
{
	char line[ACPI_DUMP_LINE_BYTES];
	uint8_t bytes[ACPI_DUMP_COLUMNS];

	if (run->at[AT_OFFSET] == 0) {
		view_format(NULL, 0, "%s @ 0x%016lx", table->signature, table->at.value);
	}
	for (unsigned i = 0; i < DUMP_LINES && run->at[AT_OFFSET] < table->length; i++) {
		uint32_t offset = (uint32_t)run->at[AT_OFFSET];
		size_t count = min_u64(table->length - offset, sizeof(bytes));

		if (!host_memory_read(hpa(table->at.value + offset), bytes, count)) {
			return true;
		}
		acpi_dump_line(line, offset, bytes, count);
		view_text(NULL, 0, line);
		run->at[AT_OFFSET] += count;
	}
	return run->at[AT_OFFSET] == table->length;
}

static bool show_dump(struct command_run *run)
{
	struct acpi_listed table;

	if (run->at[AT_STARTED]++ == 0) {
		return begin_dump(run);
	}
	if (!find_wanted(run, &table)) {
		return true;
	}
	if (table.problem != NULL || dump_lines(run, &table)) {
		view_text(NULL, 0, "");
		run->at[AT_TABLE]++;
		run->at[AT_OFFSET] = 0;
	}
	return false;
}

/* clang-format off */
static const struct command acpi_commands[] = {
	{ "acpi list", "", "firmware's ACPI tables", "", COMMAND_JSON, show_list },
	{ "acpi dump", "[SIGNATURE]", "ACPI tables in hex, as acpixtract reads them",
	  "acpi dump FACP", COMMAND_JSON, show_dump },
};
/* clang-format on */

const struct command_group command_group_acpi = { "ACPI", acpi_commands,
						  ARRAY_COUNT(acpi_commands) };
