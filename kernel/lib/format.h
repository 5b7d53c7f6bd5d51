/* SPDX-License-Identifier: Apache-2.0 */
/* format.h: text from values, into a buffer of known size. */
#pragma once

#include "kernel/lib/types.h"

/**
 * format() - write text into @buffer, always NUL-terminated when @size is not 0.
 * @buffer: where to; may be NULL when @size is 0
 * @size:   bytes in @buffer, the NUL included
 * @fmt:    as printf, of which these: flags "-" and "0", a width or "*" (negative: left), a precision on %s (also "*"),
 *          lengths l, ll and z, conversions d i u x X c s p and %%
 *
 * A conversion that is not in this list is written out as it stands.
 *
 * Return: the length the whole text has, which may be @size or more when it was cut.
 * Source: ISO C11, 7.21.6.1 "The fprintf function".
 */
size_t format(char *buffer, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** format_v() - format() with its arguments in a va_list. */
size_t format_v(char *buffer, size_t size, const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));
