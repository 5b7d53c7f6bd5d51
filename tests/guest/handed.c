/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handed.c: a guest that prints what it was handed, by whichever boot protocol: Multiboot 1, Multiboot 2, or a
 * struct hvm_start_info (PVH, plain ELF). The Makefile links it once for each kind.
 */
#include "tests/guest/lib.h"

/* Sources: Multiboot Specification 0.6.96, Multiboot2 Specification 2.0, Xen "x86/HVM direct boot ABI". */
enum {
	MB1_MAGIC = 0x2BADB002,
	MB2_MAGIC = 0x36D76289,
	START_MAGIC = 0x336EC578,
	RAM = 1,
	SHOWN = 12, /* of a module's first line */
};

/** struct section - a section header of a 32-bit ELF file. */
struct section {
	uint32_t name, type, flags, address, offset, bytes, link, info, align, entry_bytes;
};

static uint32_t word(uint32_t at)
{
	return *(const volatile uint32_t *)at;
}

static uint64_t wide(uint32_t at)
{
	return word(at) | (uint64_t)word(at + 4) << 32;
}

static const char *text(uint32_t at)
{
	return (const char *)at;
}

static void say(const char *what, const char *value)
{
	print("handed: ");
	print(what);
	print(" \"");
	print(value);
	print("\"\n");
}

static void say_number(const char *what, uint64_t value)
{
	print("handed: ");
	print(what);
	print(" ");
	print_decimal(value);
	print("\n");
}

/* Its first line, its length, its string. */
static void say_module(uint32_t index, uint32_t at, uint32_t bytes, const char *string)
{
	char first[SHOWN + 1];
	uint32_t i = 0;

	for (; i < SHOWN && i < bytes && text(at)[i] != '\n'; i++) {
		first[i] = text(at)[i];
	}
	first[i] = '\0';
	print("handed: module ");
	print_decimal(index);
	print(at % 4096 == 0 ? " aligned, " : " not aligned, ");
	print_decimal(bytes);
	print(" bytes \"");
	print(first);
	print("\", string \"");
	print(string);
	print("\"\n");
}

/* The names are in a section that no segment loads. */
static void say_sections(uint32_t count, uint32_t bytes, uint32_t at, uint32_t names)
{
	const struct section *table = (const struct section *)at;
	const char *all = text(table[names].address);

	print("handed: ");
	print_decimal(count);
	print(bytes == sizeof(struct section) ? " sections, the names are called \""
					      : " sections of another size \"");
	print(all + table[names].name);
	print("\"\n");
}

static void say_rsdp(uint32_t at)
{
	static const char mark[] = "RSD PTR ";
	bool same = true;

	for (unsigned i = 0; i < sizeof(mark) - 1; i++) {
		same &= text(at)[i] == mark[i];
	}
	say("RSDP", same ? "there" : "missing");
}

static void multiboot(uint32_t info)
{
	uint64_t ram = 0;

	say("protocol", "Multiboot 1");
	say("command line", text(word(info + 16)));
	say("loader", text(word(info + 64)));
	for (uint32_t i = 0; i < word(info + 20); i++) {
		uint32_t module = word(info + 24) + 16 * i;
		uint32_t string = word(module + 8);

		say_module(i, word(module), word(module + 4) - word(module),
			   string != 0 ? text(string) : "none");
	}
	for (uint32_t at = word(info + 48); at < word(info + 48) + word(info + 44);
	     at += word(at) + 4) {
		ram += word(at + 20) == RAM ? wide(at + 12) : 0;
	}
	say_number("KiB of RAM", ram / 1024);
	say_number("KiB above 1 MiB", word(info + 8));
	if ((word(info) & 1 << 5) != 0) {
		say_sections(word(info + 28), word(info + 32), word(info + 36), word(info + 40));
	}
}

static void multiboot2_tag(uint32_t at, uint32_t *modules)
{
	uint64_t ram = 0;

	switch (word(at)) {
	case 1:
		say("command line", text(at + 8));
		break;
	case 2:
		say("loader", text(at + 8));
		break;
	case 3:
		say_module((*modules)++, word(at + 8), word(at + 12) - word(at + 8), text(at + 16));
		break;
	case 4:
		say_number("KiB above 1 MiB", word(at + 12));
		break;
	case 6:
		for (uint32_t e = at + 16; e < at + word(at + 4); e += word(at + 8)) {
			ram += word(e + 16) == RAM ? wide(e + 8) : 0;
		}
		say_number("KiB of RAM", ram / 1024);
		break;
	case 9:
		say_sections(word(at + 8), word(at + 12), at + 20, word(at + 16));
		break;
	case 15:
		say_rsdp(at + 8);
		break;
	default:
		break;
	}
}

static void multiboot2(uint32_t info)
{
	uint32_t modules = 0;

	say("protocol", "Multiboot 2");
	for (uint32_t at = info + 8; at < info + word(info) && word(at) != 0;
	     at += (word(at + 4) + 7) & ~7u) {
		multiboot2_tag(at, &modules);
	}
}

static void start_info(uint32_t info)
{
	uint64_t ram = 0;

	say("protocol", "start info");
	say("command line", text(word(info + 24)));
	for (uint32_t i = 0; i < word(info + 12); i++) {
		uint32_t module = word(info + 16) + 32 * i;
		uint32_t string = word(module + 16);

		say_module(i, word(module), word(module + 8), string != 0 ? text(string) : "none");
	}
	for (uint32_t i = 0; i < word(info + 48); i++) {
		uint32_t entry = word(info + 40) + 24 * i;

		ram += word(entry + 16) == RAM ? wide(entry + 8) : 0;
	}
	say_number("KiB of RAM", ram / 1024);
	say_rsdp(word(info + 32));
}

void guest_interrupt(struct frame *frame)
{
	die("handed", frame);
}

void guest_main(uint32_t magic, uint32_t info)
{
	idt_load();
	uart_start(false);
	say("entered", "32 bits");
	if (magic == MB1_MAGIC) {
		multiboot(info);
	} else if (magic == MB2_MAGIC) {
		multiboot2(info);
	} else if (word(info) == START_MAGIC) {
		start_info(info);
	} else {
		say("protocol", "unknown");
	}
	print("handed: that is all\n");
	stop();
}
