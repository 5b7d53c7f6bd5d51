/* SPDX-License-Identifier: Apache-2.0 */
/* status.h: what a function that can fail returns. */
#pragma once

/** enum status - OK, or the one reason why not. */
enum status {
	OK = 0,
	E_INVALID,     /* a value that the rule for it does not allow */
	E_RANGE,       /* an address or number outside of what it may be */
	E_UNALIGNED,   /* not a multiple of what it must be */
	E_OVERLAP,     /* part of it is taken already */
	E_NO_MEMORY,   /* the claimed memory is used up */
	E_FULL,        /* the table or buffer has no free place */
	E_NOT_FOUND,   /* no such thing */
	E_UNSUPPORTED, /* understood, but not offered here */
	E_TRUNCATED,   /* ends before what it announces */
	E_CHECKSUM,    /* its bytes do not add up */
	E_TIMEOUT,     /* a wait reached its limit */
	E_DENIED,      /* no rule grants it */
	E_HARDWARE,    /* the machine did not do what it was told */
	STATUS_COUNT
};

/** status_text() - a few words for @status; never NULL, also for a value that is none. */
const char *status_text(enum status status);
