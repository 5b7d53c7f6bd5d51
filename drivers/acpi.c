/* SPDX-License-Identifier: Apache-2.0 */
/* acpi.c: finds the ACPI tables of the machine. */
#include "drivers/acpi.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

enum {
	RSDP_BYTES = 20,   /* revision 0 */
	RSDP_BYTES_2 = 36, /* revision 2 */
	RSDP_BYTES_MAX = 256,
	RSDP_AT_REVISION = 15,
	HEADER_AT_LENGTH = 4,
	IO_SPACE_END = 0x10000,
};

/* The signature ends with a blank. */
static const char rsdp_signature[] = "RSD PTR ";

static const char not_readable[] = "lies where nothing may be read";
static const char bad_sum[] = "its bytes do not add up to 0 (checksum)";

/** struct search - what acpi_find() hands around. */
struct search {
	const struct acpi_reader *reader;
	struct acpi_tables *out;
};

static const uint8_t *map(const struct search *search, hpa_t at, size_t bytes)
{
	if (at.value == 0 || at.value > UINT64_MAX - bytes) {
		return NULL;
	}
	return search->reader->map(search->reader->context, at, bytes);
}

static bool adds_up(const uint8_t *bytes, size_t length)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < length; i++) {
		sum = (uint8_t)(sum + bytes[i]);
	}
	return sum == 0;
}

/** struct place - what is looked at. */
struct place {
	const char *what;
	hpa_t at;
};

/** refuse() - say what is wrong, unless something was said before. */
static enum status refuse(struct search *search, struct place place, enum status status,
			  const char *problem)
{
	char *why = search->out->why;

	if (why[0] == '\0') {
		format(why, ACPI_WHY_BYTES, "%s at 0x%lx: %s", place.what,
		       (unsigned long)place.at.value, problem);
	}
	return status;
}

static void copy_signature(char *to, const uint8_t *from)
{
	for (size_t i = 0; i < ACPI_SIGNATURE_BYTES; i++) {
		to[i] = from[i] > ' ' && from[i] <= '~' ? (char)from[i] : '?';
	}
	to[ACPI_SIGNATURE_BYTES] = '\0';
}

static enum status read_table(struct search *search, hpa_t at, struct acpi_table *table)
{
	const uint8_t *header = map(search, at, ACPI_HEADER_BYTES);

	if (header == NULL) {
		return refuse(search, (struct place){ "ACPI table", at }, E_RANGE, not_readable);
	}
	struct cursor c = cursor_over(header, ACPI_HEADER_BYTES);

	cursor_seek(&c, HEADER_AT_LENGTH);
	*table = (struct acpi_table){ .at = at, .length = cursor_u32(&c) };
	copy_signature(table->signature, header);
	const struct place place = { table->signature, at };

	if (table->length < ACPI_HEADER_BYTES) {
		return refuse(search, place, E_TRUNCATED, "its length is less than a header");
	}
	if (table->length > ACPI_TABLE_BYTES_MAX) {
		return refuse(search, place, E_RANGE, "its length is more than 1 MiB");
	}
	table->bytes = map(search, at, table->length);
	if (table->bytes == NULL) {
		return refuse(search, place, E_RANGE, not_readable);
	}
	return adds_up(table->bytes, table->length) ? OK
						    : refuse(search, place, E_CHECKSUM, bad_sum);
}

static void add_table(struct search *search, hpa_t at)
{
	struct acpi_tables *out = search->out;

	if (at.value == 0) {
		return;
	}
	if (out->count == ACPI_TABLES_MAX) {
		refuse(search, (struct place){ "ACPI table", at }, E_FULL, "one too many");
		out->skipped++;
		return;
	}
	if (read_table(search, at, &out->tables[out->count]) == OK) {
		out->count++;
	} else {
		out->skipped++;
	}
}

/** read_root() - every table an RSDT (entries of 4 bytes) or XSDT (of 8) names. */
static enum status read_root(struct search *search, hpa_t at, size_t entry_bytes)
{
	struct acpi_table root;
	enum status status = read_table(search, at, &root);

	if (status != OK) {
		return status;
	}
	if (strcmp(root.signature, entry_bytes == 8 ? "XSDT" : "RSDT") != 0) {
		return refuse(search, (struct place){ root.signature, at }, E_INVALID,
			      "not a list of tables");
	}
	struct cursor c = cursor_over(root.bytes, root.length);

	cursor_seek(&c, ACPI_HEADER_BYTES);
	while (cursor_left(&c) >= entry_bytes) {
		add_table(search, hpa(cursor_le(&c, entry_bytes)));
	}
	return OK;
}

/** struct rsdp - where the pointer points; 0 for nowhere. */
struct rsdp {
	hpa_t rsdt;
	hpa_t xsdt;
};

/** read_rsdp_2() - the part that revision 2 added, with its own checksum over everything. */
static enum status read_rsdp_2(struct search *search, hpa_t at, struct rsdp *rsdp)
{
	const struct place place = { "RSDP", at };
	const uint8_t *bytes = map(search, at, RSDP_BYTES_2);

	if (bytes == NULL) {
		return refuse(search, place, E_RANGE, not_readable);
	}
	struct cursor c = cursor_over(bytes, RSDP_BYTES_2);

	cursor_seek(&c, RSDP_BYTES);
	uint32_t length = cursor_u32(&c);

	rsdp->xsdt = hpa(cursor_u64(&c));
	if (length < RSDP_BYTES_2 || length > RSDP_BYTES_MAX) {
		return refuse(search, place, E_RANGE, "impossible length");
	}
	bytes = map(search, at, length);
	if (bytes == NULL) {
		return refuse(search, place, E_RANGE, not_readable);
	}
	return adds_up(bytes, length) ? OK : refuse(search, place, E_CHECKSUM, bad_sum);
}

static enum status read_rsdp(struct search *search, hpa_t at, struct rsdp *rsdp)
{
	const struct place place = { "RSDP", at };
	const uint8_t *bytes = map(search, at, RSDP_BYTES);

	if (bytes == NULL) {
		return refuse(search, place, E_RANGE, not_readable);
	}
	if (memcmp(bytes, rsdp_signature, sizeof(rsdp_signature) - 1) != 0) {
		return refuse(search, place, E_NOT_FOUND, "no RSDP there");
	}
	if (!adds_up(bytes, RSDP_BYTES)) {
		return refuse(search, place, E_CHECKSUM, bad_sum);
	}
	struct cursor c = cursor_over(bytes, RSDP_BYTES);

	cursor_seek(&c, RSDP_AT_REVISION);
	search->out->revision = cursor_u8(&c);
	*rsdp = (struct rsdp){ .rsdt = hpa(cursor_u32(&c)) };
	return search->out->revision >= 2 ? read_rsdp_2(search, at, rsdp) : OK;
}

enum status acpi_find(const struct acpi_reader *reader, hpa_t rsdp, struct acpi_tables *out)
{
	struct search search = { reader, out };
	struct rsdp roots = { { 0 }, { 0 } };

	memset(out, 0, sizeof(*out));
	enum status status = read_rsdp(&search, rsdp, &roots);

	if (status != OK) {
		return status;
	}
	if (roots.xsdt.value != 0 && read_root(&search, roots.xsdt, 8) == OK) {
		return OK;
	}
	return read_root(&search, roots.rsdt, 4);
}

enum status acpi_table_read(const struct acpi_reader *reader, hpa_t at, struct acpi_tables *tables,
			    struct acpi_table *table)
{
	struct search search = { reader, tables };

	return read_table(&search, at, table);
}

const struct acpi_table *acpi_table_find(const struct acpi_tables *tables, const char *signature,
					 unsigned nth)
{
	for (uint32_t i = 0; i < tables->count; i++) {
		if (strcmp(tables->tables[i].signature, signature) == 0 && nth-- == 0) {
			return &tables->tables[i];
		}
	}
	return NULL;
}

enum status acpi_table_open(const struct acpi_table *table, const char *signature, char *why,
			    struct cursor *body)
{
	struct cursor c = cursor_over(table->bytes, table->length);
	const uint8_t *name = cursor_take(&c, ACPI_SIGNATURE_BYTES);
	uint32_t length = cursor_u32(&c);

	why[0] = '\0';
	if (c.failed || length < ACPI_HEADER_BYTES || length > table->length) {
		format(why, ACPI_WHY_BYTES, "%s: %u bytes are there, its header says %u", signature,
		       table->length, length);
		return E_TRUNCATED;
	}
	if (memcmp(name, signature, ACPI_SIGNATURE_BYTES) != 0) {
		format(why, ACPI_WHY_BYTES, "%s: the table has another signature", signature);
		return E_INVALID;
	}
	*body = cursor_over(table->bytes, length);
	cursor_seek(body, ACPI_HEADER_BYTES);
	return OK;
}

/* By the code for them; 0 is "not defined". */
static const uint8_t access_sizes[] = { 0, 1, 2, 4, 8 };

static bool is_usable(const struct acpi_register *reg)
{
	switch (reg->space) {
	case ACPI_SPACE_MEMORY:
		return reg->address != 0 && reg->address <= UINT64_MAX - PAGE_SIZE;
	case ACPI_SPACE_IO:
		return reg->address != 0 && reg->address < IO_SPACE_END;
	case ACPI_SPACE_PCI:
		return true;
	default:
		return false;
	}
}

struct acpi_register acpi_register_read(struct cursor *c)
{
	struct acpi_register reg = { .space = cursor_u8(c) };

	/* One read a statement: initialisers have no order among each other. */
	reg.bit_width = cursor_u8(c);
	reg.bit_offset = cursor_u8(c);
	uint8_t access = cursor_u8(c);

	reg.access_bytes = access < ARRAY_COUNT(access_sizes) ? access_sizes[access] : 0;
	reg.address = cursor_u64(c);
	reg.present = !c->failed && is_usable(&reg);
	return reg;
}
