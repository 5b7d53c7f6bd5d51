/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h: guest kernels: what kind a file is, and how it is laid into a guest's RAM.
 *
 * Every field of a file is checked: a file is input. Loaders only write through guest_memory.h.
 */
#pragma once

#include "kernel/guest_memory.h"
#include "kernel/image_kind.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/** struct image_file - a file in hypervisor memory, never changed. @bytes is NULL when @length is 0. */
struct image_file {
	const uint8_t *bytes;
	size_t length;
};

/** struct image_module - a file for a kernel, and what it is told about that. */
struct image_module {
	struct image_file file;
	const char *string; /* no NUL at its end */
	size_t string_bytes;
};

enum { IMAGE_WHY_BYTES = 200, IMAGE_MODULES_MAX = 17, IMAGE_SEED_BYTES = 32 };

/** struct image_probe - what a kernel file is. */
struct image_probe {
	enum image_kind kind;
	char why[IMAGE_WHY_BYTES]; /* when it cannot be booted: what was found at which offset, what is needed */
};

/** struct image_ram - a range of RAM for the guest's memory map. */
struct image_ram {
	gpa_t base;
	uint64_t bytes;
};

/** struct image_request - everything a loader needs. */
struct image_request {
	struct guest_memory *memory;
	struct image_file kernel;
	struct image_form form;
	struct image_file initrd; /* length 0 for none */
	const struct image_module *modules;
	uint32_t
		module_count; /* IMAGE_MODULES_MAX - 1 at most: the initrd is one, in front of these */
	const char *cmdline;
	const uint8_t *seed; /* IMAGE_SEED_BYTES of chance for a kernel that asks for it; or NULL */
	const struct image_ram *ram; /* the guest's RAM, sorted, the first from 0 */
	uint32_t ram_count;
	gpa_t acpi_rsdp; /* where the guest's RSDP is; inside [0xE0000, 0x100000) */
	uint64_t
		acpi_base; /* ACPI tables, and SMBIOS' behind: reserved (type 2) in the memory map */
	uint64_t acpi_bytes;
};

/** enum image_mode - in which state the first processor of a guest starts. */
enum image_mode {
	IMAGE_MODE_LONG64,
	IMAGE_MODE_PROTECTED32,
	IMAGE_MODE_REAL16,
	IMAGE_MODE_RESET, /* as after a reset, at the reset vector; nothing else below counts */
};

/** struct image_start - the state the boot protocol prescribes for the first processor. */
struct image_start {
	enum image_mode mode;
	uint64_t rip;
	uint64_t rsp;
	uint64_t rax, rbx, rsi; /* every other general register is 0 */
	uint64_t cr3;      /* IMAGE_MODE_LONG64: identity map the loader made in the guest's RAM */
	uint64_t gdt_base; /* the loader put a GDT there: 0x10 code, 0x18 data, flat */
	uint16_t gdt_limit;
};

/**
 * image_probe() - find out what kind of kernel a file is and check its header.
 * @form: what the config says; all 0 for nothing
 *
 * Return: OK with @probe->kind; E_UNSUPPORTED, E_TRUNCATED or E_INVALID with @probe->why in words.
 * Source: Linux "The Linux/x86 Boot Protocol"; "Multiboot Specification version 0.6.96".
 */
enum status image_probe(struct image_file kernel, const struct image_form *form,
			struct image_probe *probe);

/** enum image_field - the setting of a guest that a refusal is about. */
enum image_field {
	IMAGE_FIELD_KERNEL,  /* the file, or what it asks for */
	IMAGE_FIELD_INITRD,  /* larger than the kernel takes, however much memory there is */
	IMAGE_FIELD_MODULES, /* a kernel that takes none, or too much text for them */
	IMAGE_FIELD_CMDLINE, /* longer than the kernel takes */
	IMAGE_FIELD_MEMORY,  /* something does not fit */
};

/** struct image_refusal - why a guest cannot take its images; nothing is in it after OK. */
struct image_refusal {
	enum image_field field;
	char why[IMAGE_WHY_BYTES]; /* what was found, what to do */
};

/**
 * image_check() - whether image_load() would load this, without a guest to load it into.
 * @request: what to load; its memory is not looked at and may be NULL
 * @refusal: filled in
 *
 * Says all that image_load() says, in the same words: they place everything with the same code.
 * Only a memory that is not what the request's RAM promises is noticed by image_load() alone.
 *
 * Return: OK, E_UNSUPPORTED, E_TRUNCATED, E_INVALID, E_NO_MEMORY (does not fit the guest's RAM).
 * Source: as image_probe().
 */
enum status image_check(const struct image_request *request, struct image_refusal *refusal);

/**
 * image_load() - lay kernel, initrd, command line and boot structures into zeroed guest RAM.
 * @request: what to load
 * @start:   filled in
 * @refusal: filled in
 *
 * Writes nothing unless image_check() says OK.
 *
 * Return: as image_check(); also E_NO_MEMORY when RAM is not where the request says.
 */
enum status image_load(const struct image_request *request, struct image_start *start,
		       struct image_refusal *refusal);
