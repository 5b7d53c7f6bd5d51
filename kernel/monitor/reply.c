/* SPDX-License-Identifier: Apache-2.0 */
/* reply.c: answers that a program can rely on. */
#include "kernel/monitor/reply.h"

#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"

enum { CRC_DIGITS = 8 };

uint32_t crc32(uint32_t crc, const void *bytes, size_t length)
{
	const uint8_t *from = bytes;

	crc = ~crc;
	for (size_t i = 0; i < length; i++) {
		crc ^= from[i];
		for (unsigned bit = 0; bit < 8; bit++) {
			crc = crc >> 1 ^
			      ((crc & 1) != 0 ? 0xEDB88320u : 0); /* the polynomial, reversed */
		}
	}
	return ~crc;
}

static bool tag_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == '_';
}

/* Behind "@". Return: its length; 0 when it is none. */
static size_t read_tag(const char *at, char *tag)
{
	size_t length = 0;

	while (tag_char(at[length]) && length < REPLY_TAG_BYTES - 1) {
		tag[length] = at[length];
		length++;
	}
	tag[length] = '\0';
	return at[length] == ' ' || at[length] == ':' ? length : 0;
}

static bool read_crc(const char *at, uint32_t *crc)
{
	*crc = 0;
	for (unsigned i = 0; i < CRC_DIGITS; i++) {
		char lower = (char)(at[i] | 0x20);
		bool digit = at[i] >= '0' && at[i] <= '9';

		if (!digit && (lower < 'a' || lower > 'f')) {
			return false;
		}
		*crc = *crc << 4 | (uint32_t)(digit ? at[i] - '0' : lower - 'a' + 10);
	}
	return at[CRC_DIGITS] == ' ';
}

/* The tag is part of it: a command that ran under a damaged tag would run again under the right one. */
static uint32_t request_crc(const char *tag, const char *command)
{
	return crc32(crc32(crc32(0, tag, strlen(tag)), " ", 1), command, strlen(command));
}

enum reply_line reply_parse(struct reply *reply, const char **line)
{
	const char *at = *line;
	uint32_t wanted;

	reply->tag[0] = '\0';
	reply->bytes = 0;
	reply->crc = 0;
	if (*at++ != '@') {
		return REPLY_PLAIN;
	}
	size_t length = read_tag(at, reply->tag);
	if (length == 0) {
		reply->tag[0] = '\0';
		return REPLY_MALFORMED;
	}
	at += length;
	bool checked = *at++ == ':';
	if (checked) {
		if (!read_crc(at, &wanted)) {
			return REPLY_GARBLED;
		}
		at += CRC_DIGITS + 1;
	}
	*line = at;
	if (checked && request_crc(reply->tag, at) != wanted) {
		return REPLY_GARBLED;
	}
	return strcmp(reply->tag, reply->last_tag) == 0 ? REPLY_REPEATED : REPLY_TAGGED;
}

void reply_count(struct reply *reply, const char *bytes, size_t length)
{
	if (reply->tag[0] != '\0') {
		reply->bytes += length;
		reply->crc = crc32(reply->crc, bytes, length);
	}
}

void reply_done(struct reply *reply, uint32_t status)
{
	char digit = (char)('0' + status);

	reply->crc = crc32(reply->crc, &digit, 1);
	if (reply->tag[0] != '\0' && status != COMMAND_GARBLED) {
		memcpy(reply->last_tag, reply->tag, sizeof(reply->tag));
		reply->last_status = status;
	}
}
