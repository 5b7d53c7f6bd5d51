/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keep.h: memory that a warm reset keeps: the log and the crash record, of this run and of the one before. Pure.
 *
 * Two slots. A run takes the one that the run before did not have, so that nothing is copied or overwritten before it
 * could be looked at. Whether the memory did survive is seen by checks over it; if it did not, nothing is there.
 */
#pragma once

#include "kernel/lib/log.h"
#include "kernel/lib/types.h"

enum {
	KEEP_RECORD_BYTES = 3072,
	KEEP_SLOT_BYTES = 4096 + LOG_BYTES,
	KEEP_SLOTS = 2,
	KEEP_BYTES = KEEP_SLOTS * KEEP_SLOT_BYTES,
};

/** keep_known() - whether KEEP_BYTES of @memory have been ours before. Writes nothing. */
bool keep_known(void *memory);

/**
 * keep_open() - begin a run: an empty log, and the record of the run before.
 * @memory: KEEP_BYTES, page aligned; what is in it may be of an earlier run, or anything
 */
void keep_open(void *memory);

/** keep_run() - number of this run: 1 unless memory of an earlier one was found. 0: not open. */
uint32_t keep_run(void);

/** keep_previous_log() - the log of the run before. Return: false when there is none. */
bool keep_previous_log(struct log_ring *ring);

/** keep_record() - KEEP_RECORD_BYTES that the next runs find again, 8-byte aligned; NULL before keep_open(). */
void *keep_record(void);
