/* SPDX-License-Identifier: Apache-2.0 */
/* boot.h: what the files of the boot room share. All of it is dead after ExitBootServices. */
#pragma once

#include <efi.h>

#include "kernel/boot_info.h"
#include "kernel/lib/report.h"
#include "kernel/lib/status.h"

/** struct boot - the boot room's own state. */
struct boot {
	EFI_HANDLE image;
	EFI_SYSTEM_TABLE *system;
	EFI_BOOT_SERVICES *services;
	EFI_LOADED_IMAGE *loaded;
	struct report *report;
	struct boot_info *info;
};

/* text.c: the firmware's console and the serial line. */

/** text_init() - open COM1 beside the firmware's console, so that refusals are seen on both. */
void text_init(EFI_SYSTEM_TABLE *system);

/** text_leave_firmware() - from now on only the serial line: boot services are ending. */
void text_leave_firmware(void);

/** text_line() - print one line on both, as format(). */
void text_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* file.c: files of the volume Muntin was started from. */

/**
 * file_read() - read a whole file into pages that are claimed for good.
 * @boot: the boot room
 * @path: from the root of the volume, with backslashes
 * @file: filled in; empty when the file is empty
 *
 * Return: OK, E_NOT_FOUND, E_NO_MEMORY, E_HARDWARE (the firmware could not read it).
 */
enum status file_read(struct boot *boot, const char *path, struct image_file *file);

/* processors.c, firmware_tables.c: what the machine is. */

/** processors_find() - list the machine's usable processors in @boot->info->machine, the boot processor first. */
void processors_find(struct boot *boot);

/** firmware_tables_find() - ACPI: wiring, reset register and, when there, the processors. */
void firmware_tables_find(struct boot *boot);

/* keep.c: what a warm reset keeps. */

/** keep_claim() - claim KEEP_BYTES where an earlier run has had them; @boot->info->keep stays 0 if there are none. */
void keep_claim(struct boot *boot);

/* memmap.c: memory. */

/** memmap_pages() - claim pages anywhere below @limit (0: anywhere). Return: 0 when there are none. */
uint64_t memmap_pages(struct boot *boot, uint64_t bytes, uint64_t limit);

/** memmap_ranges() - list the memory nobody uses in @boot->info->machine. */
enum status memmap_ranges(struct boot *boot);

/** memmap_claim() - claim the range [@base, @base + @bytes) for good. */
enum status memmap_claim(struct boot *boot, hpa_t base, uint64_t bytes);

/** memmap_mark() - a mark behind everything taken so far. */
uint32_t memmap_mark(void);

/** memmap_give_back() - return to firmware what was taken since @mark; 0: everything, Muntin does not start. */
void memmap_give_back(struct boot *boot, uint32_t mark);

/** memmap_leave() - leave boot services, with the retry a changed memory map forces. */
EFI_STATUS memmap_leave(struct boot *boot);

/* handoff.asm */

/** handoff() - interrupts off, onto @stack, and into @kernel; never returns. */
_Noreturn void handoff(struct boot_info *info, uint64_t stack, void (*kernel)(struct boot_info *));
