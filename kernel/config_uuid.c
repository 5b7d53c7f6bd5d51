/* SPDX-License-Identifier: Apache-2.0 */
/* config_uuid.c: the UUID of a guest: written in the config, or made of the guest's name. */
#include "kernel/config_uuid.h"

#include "kernel/lib/sha256.h"
#include "kernel/lib/string.h"

enum { UUID_CHARS = 36 };

/* Muntin's own, a random one: d1d12043-0f02-4bd5-a3e4-89576f618b52. Never changed, or guests would become others. */
static const uint8_t name_space[CONFIG_UUID_BYTES] = { 0xD1, 0xD1, 0x20, 0x43, 0x0F, 0x02,
						       0x4B, 0xD5, 0xA3, 0xE4, 0x89, 0x57,
						       0x6F, 0x61, 0x8B, 0x52 };

static int digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_dash(size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

static bool read_uuid(struct config_slice text, uint8_t uuid[CONFIG_UUID_BYTES])
{
	size_t digits = 0;

	if (text.length != UUID_CHARS) {
		return false;
	}
	for (size_t i = 0; i < UUID_CHARS; i++) {
		int value = digit(text.at[i]);

		if (is_dash(i) ? text.at[i] != '-' : value < 0) {
			return false;
		}
		if (!is_dash(i)) {
			uint8_t *byte = &uuid[digits++ / 2];

			*byte = (uint8_t)(*byte << 4 | value);
		}
	}
	return true;
}

/* All bytes like the first, and that 0 or FFH. */
static bool means_none(const uint8_t uuid[CONFIG_UUID_BYTES])
{
	return (uuid[0] == 0 || uuid[0] == 0xFF) &&
	       memcmp(uuid, uuid + 1, CONFIG_UUID_BYTES - 1) == 0;
}

bool config_value_uuid(struct config_value *value, uint8_t uuid[CONFIG_UUID_BYTES])
{
	if (!read_uuid(value->text, uuid)) {
		config_value_wrong(value, "not a UUID");
		return false;
	}
	if (means_none(uuid)) {
		config_value_wrong(value, "that stands for no UUID");
		return false;
	}
	return true;
}

void config_uuid_derive(const char *name, uint8_t uuid[CONFIG_UUID_BYTES])
{
	struct sha256 hash;
	uint8_t digest[SHA256_BYTES];

	sha256_init(&hash);
	sha256_add(&hash, name_space, sizeof(name_space));
	sha256_add(&hash, name, strlen(name));
	sha256_end(&hash, digest);
	memcpy(uuid, digest, CONFIG_UUID_BYTES);
	uuid[6] = (uint8_t)(0x80 | (uuid[6] & 0x0F)); /* version 8 */
	uuid[8] = (uint8_t)(0x80 | (uuid[8] & 0x3F)); /* variant 10B */
}

/* One of the two was written; equal names, which derive the same, are reported as such. */
static void check_pair(const struct config_guest *a, const struct config_guest *b,
		       struct report *report)
{
	uint32_t line = b->line.uuid != 0 ? b->line.uuid : a->line.uuid;

	if (line != 0 && memcmp(a->uuid, b->uuid, CONFIG_UUID_BYTES) == 0) {
		report_add(report, line,
			   "guests \"%s\" and \"%s\" have the same uuid: write another one",
			   a->name, b->name);
	}
}

void config_uuid_check(const struct config *config, struct report *report)
{
	for (uint32_t b = 1; b < config->guest_count; b++) {
		for (uint32_t a = 0; a < b; a++) {
			check_pair(&config->guests[a], &config->guests[b], report);
		}
	}
}
