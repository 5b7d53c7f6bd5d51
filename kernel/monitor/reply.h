/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply.h: answers that a program can rely on. Pure.
 *
 * A line may begin with "@TAG " or "@TAG:CRC ". Its answer stands between "@TAG begin" and
 * "@TAG end STATUS BYTES CRC", and nothing else does. TAG is 1 to 16 letters, digits, dots, dashes or
 * underscores; CRC is CRC-32 in 8 hexadecimal digits: of "TAG COMMAND", or of the bytes between the two lines and
 * the digit of STATUS. A tag that comes again is not obeyed again: it gets the status of the first time.
 * docs/monitor.md, "For programs".
 */
#pragma once

#include "kernel/lib/types.h"

enum { REPLY_TAG_BYTES = 17 };

/** struct reply - of the command that runs. Zeroed at the start. */
struct reply {
	char tag[REPLY_TAG_BYTES]; /* "" for a line of a person */
	char last_tag[REPLY_TAG_BYTES];
	uint32_t last_status;
	uint64_t bytes;
	uint32_t crc;
};

/** enum reply_line - what reply_parse() found. */
enum reply_line {
	REPLY_PLAIN,    /* no tag */
	REPLY_TAGGED,   /* to be obeyed */
	REPLY_REPEATED, /* was obeyed before: @last_status */
	REPLY_GARBLED,  /* the checksum is wrong */
	REPLY_MALFORMED /* begins with "@" and is no tag */
};

/** crc32() - CRC-32 of @length more bytes; @crc is 0 at first. Source: IEEE 802.3, "Frame check sequence". */
uint32_t crc32(uint32_t crc, const void *bytes, size_t length);

/** reply_parse() - take the tag off *@line. */
enum reply_line reply_parse(struct reply *reply, const char **line);

/** reply_count() - bytes of the answer go out. */
void reply_count(struct reply *reply, const char *bytes, size_t length);

/**
 * reply_done() - the command ended with @status, an enum command_status: remember it, finish the checksum.
 *
 * A line that was garbled is not remembered: its tag may be the damaged part.
 */
void reply_done(struct reply *reply, uint32_t status);
