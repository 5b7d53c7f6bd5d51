/* SPDX-License-Identifier: Apache-2.0 */
/*
 * string.h: memory and string primitives.
 *
 * The C standard's names and meanings, because the compiler calls the first four on its own.
 * In the hypervisor string.c provides them; in host programs the C library does.
 */
#pragma once

#include "kernel/lib/types.h"

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t bytes);
