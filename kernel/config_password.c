/* SPDX-License-Identifier: Apache-2.0 */
/* config_password.c: the monitor's password as the config holds it: salted and hashed. */
#include "kernel/config_password.h"

#include "kernel/lib/string.h"

/* Take what stands before the next "$", or all, off @rest. */
static struct config_slice next_field(struct config_slice *rest)
{
	struct config_slice field = *rest;

	field.length = 0;
	while (field.length < rest->length && rest->at[field.length] != '$') {
		field.length++;
	}
	*rest = config_drop(*rest, field.length + 1);
	return field;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Return: how many bytes; 0 when it is not whole bytes, or more than @most. */
static uint32_t read_hex(struct config_slice field, uint8_t *bytes, size_t most)
{
	if (field.length % 2 != 0 || field.length / 2 > most) {
		return 0;
	}
	for (size_t i = 0; i < field.length; i += 2) {
		int high = digit(field.at[i]);
		int low = digit(field.at[i + 1]);

		if (high < 0 || low < 0) {
			return 0;
		}
		bytes[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (uint32_t)(field.length / 2);
}

/* Return: 0 when it is no number from CONFIG_ITERATIONS_MIN to CONFIG_ITERATIONS_MAX. */
static uint32_t read_iterations(struct config_slice field)
{
	uint32_t number = 0;

	/* So few digits cannot overflow. */
	if (field.length > 8) {
		return 0;
	}
	for (size_t i = 0; i < field.length; i++) {
		if (field.at[i] < '0' || field.at[i] > '9') {
			return 0;
		}
		number = 10 * number + (uint32_t)(field.at[i] - '0');
	}
	return number >= CONFIG_ITERATIONS_MIN && number <= CONFIG_ITERATIONS_MAX ? number : 0;
}

static const char *read_fields(struct config_slice rest, struct config_password *out)
{
	if (!config_slice_is(next_field(&rest), "pbkdf2-sha256")) {
		return "it does not begin with pbkdf2-sha256$";
	}
	out->iterations = read_iterations(next_field(&rest));
	if (out->iterations == 0) {
		return "the iterations are no number from 1000 to 10000000";
	}
	out->salt_bytes = read_hex(next_field(&rest), out->salt, sizeof(out->salt));
	if (out->salt_bytes < CONFIG_SALT_BYTES_MIN) {
		return "the salt is not 8 to 32 bytes in hexadecimal digits";
	}
	if (read_hex(rest, out->hash, sizeof(out->hash)) != sizeof(out->hash)) {
		return "the hash is not 32 bytes in hexadecimal digits";
	}
	return NULL;
}

_Static_assert(CONFIG_ITERATIONS_MIN == 1000 && CONFIG_ITERATIONS_MAX == 10000000 &&
		       CONFIG_SALT_BYTES_MIN == 8 && CONFIG_SALT_BYTES_MAX == 32 &&
		       CONFIG_HASH_BYTES == 32,
	       "named in the texts above");

bool config_value_password(struct config_value *value, struct config_password *password)
{
	struct config_password read;

	memset(&read, 0, sizeof(read));
	const char *wrong = read_fields(value->text, &read);

	if (wrong != NULL) {
		/* Not config_value_wrong(): somebody may have written the password itself, and this is read by others. */
		report_add(value->report, value->line, "%s: %s: write %s", value->key, wrong,
			   value->want);
		return false;
	}
	*password = read;
	return true;
}
