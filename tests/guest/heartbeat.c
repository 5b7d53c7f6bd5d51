/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heartbeat.c: a guest that counts seconds and answers to keys, and sleeps in between.
 *
 * Woken by its local APIC's TSC-deadline timer (x2APIC mode) and by COM1's receive interrupt
 * through the IOAPIC. On a machine without these it polls, so that it can be tried anywhere.
 */
#include "tests/guest/clean.h"
#include "tests/guest/lib.h"
#include "tests/guest/second.h"
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/ioapic.h"

/* Source: Multiboot Specification version 0.6.96, "Machine state", "Boot information format". */
enum { MB_MAGIC = 0x2BADB002, MB_HAS_CMDLINE = 1 << 2, MB_HAS_SECTIONS = 1 << 5 };

/** struct mb_info - the start of what the boot loader tells. */
struct mb_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr;
	uint32_t section_count, section_bytes, section_addr, section_names;
};

/** struct section - a section header of 32 bits (System V ABI, "Sections"). */
struct section {
	uint32_t name, type, flags, addr, offset, size;
};

/* Source: SDM Vol. 2A, "CPUID"; SDM Vol. 3A, "Extended XAPIC (x2APIC)", "TSC-Deadline Mode". */
enum {
	LEAF1_ECX_X2APIC = 1 << 21,
	LEAF1_ECX_TSC_DEADLINE = 1 << 24,
	LEAF_TSC = 0x15,
	HZ_WHEN_UNKNOWN = 1000000000,
};

/* Source: PIIX4 data sheet, "RC: Reset Control"; ACPI Specification, "PM1 Control Registers"; docs of our board: PM1a at 0x600. */
enum { PORT_RESET = 0xCF9, PORT_8042 = 0x64, PORT_FAST_RESET = 0x92 };
enum { PORT_PM1_CONTROL = 0x604, SLP_TYP_S5 = 5 << 10, SLP_EN = 1 << 13 };

enum { IOREGSEL = 0xFEC00000 }; /* of the I/O APIC (82093AA data sheet) */

enum { KEYS = 256, LOW_END = 1 << 20 };

static uint32_t ram_top; /* end of the RAM above 1 MiB */

/** struct keys - typed and not yet answered. The interrupt handler adds, the main loop takes. */
static struct {
	volatile uint8_t byte[KEYS];
	volatile uint32_t added;
	volatile uint32_t taken;
} keys;

/*
 * Take what COM1 has. IF is clear, or interrupts are not in use. Keys that find no room are
 * dropped.
 */
static void keys_collect(void)
{
	uint8_t byte;

	while (uart_read(&byte)) {
		if (keys.added - keys.taken < KEYS) {
			keys.byte[keys.added % KEYS] = byte;
			keys.added = keys.added + 1;
		}
	}
}

void guest_interrupt(struct frame *frame)
{
	if (frame->vector != VECTOR_TIMER && frame->vector != VECTOR_UART) {
		die("heartbeat", frame);
	}
	/* Whichever it was: without an interrupt line the timer tick still sees what was typed. */
	keys_collect();
	wrmsr(APIC_MSR(APIC_EOI), 0);
}

static void go_on(void)
{
}

static void spin(void)
{
	__asm__ volatile("cli");
	for (;;) {
		__builtin_ia32_pause();
	}
}

/* No shift is done on a device: Muntin stops who tries (docs/known-gaps.md). It has no effect elsewhere. */
static void crash(void)
{
	__asm__ volatile("shll $1, (%0)" : : "r"(IOREGSEL) : "memory", "cc");
	print("heartbeat: still here\n");
}

static void reboot(void)
{
	out8(PORT_RESET, 0x06);
	stop();
}

static void reboot_by_8042(void)
{
	out8(PORT_8042, 0xFE);
	stop();
}

static void reboot_by_port_92(void)
{
	out8(PORT_FAST_RESET, 0x01);
	stop();
}

static void power_off(void)
{
	out16(PORT_PM1_CONTROL, SLP_EN | SLP_TYP_S5);
	stop();
}

static void check_second(void)
{
	clean_check("second", 0, 0);
}

static void dirty_second(void)
{
	idt_load(); /* it takes an interrupt */
	clean_dirty(0);
}

static void leave_dirt(void)
{
	second_run(dirty_second);
	clean_dirty(ram_top);
	stop();
}

/* What a key does; all others are only shown. */
static const struct {
	uint8_t key;
	const char *says;
	void (*act)(void);
} acts[] = {
	{ 'p', "heartbeat: pong\n", go_on },
	{ 'c', "heartbeat: crashing\n", crash },
	{ 't', "heartbeat: rebooting by a triple fault\n", triple_fault },
	{ 'i', "heartbeat: spinning with interrupts off\n", spin },
	{ 'h', "heartbeat: halted with interrupts off\n", stop },
	{ 'r', "heartbeat: rebooting\n", reboot },
	{ 'k', "heartbeat: rebooting by the keyboard controller\n", reboot_by_8042 },
	{ 'f', "heartbeat: rebooting by port 92H\n", reboot_by_port_92 },
	{ 'o', "heartbeat: powering off\n", power_off },
	{ 'd', "heartbeat: leaving dirt\n", leave_dirt },
};

static void answer(uint8_t key)
{
	if (key >= ' ' && key <= '~') {
		const char text[] = { (char)key, '\0' };

		print("heartbeat: key '");
		print(text);
		print("'\n");
	} else {
		print("heartbeat: key ");
		print_hex(key, 2);
		print("\n");
	}
	for (unsigned i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (acts[i].key == key) {
			print(acts[i].says);
			acts[i].act();
		}
	}
}

static uint64_t tsc_hz(void)
{
	struct cpuid tsc;

	if (cpuid(0).eax < LEAF_TSC) {
		return HZ_WHEN_UNKNOWN;
	}
	tsc = cpuid(LEAF_TSC);
	if (tsc.eax == 0 || tsc.ebx == 0 || tsc.ecx == 0) {
		return HZ_WHEN_UNKNOWN;
	}
	return divide((uint64_t)tsc.ecx * tsc.ebx, tsc.eax);
}

static bool can_sleep(void)
{
	uint32_t features = cpuid(1).ecx;

	if ((features & LEAF1_ECX_X2APIC) == 0) {
		print("heartbeat: no x2APIC here, polling\n");
		return false;
	}
	if ((features & LEAF1_ECX_TSC_DEADLINE) == 0) {
		print("heartbeat: no TSC-deadline timer here, polling\n");
		return false;
	}
	return true;
}

/*
 * Until something happens. STI takes effect behind the next instruction, so nothing slips in
 * before HLT.
 */
static void sleep_until(uint64_t deadline)
{
	__asm__ volatile("cli" : : : "memory");
	if (keys.added == keys.taken && rdtsc() < deadline) {
		wrmsr(MSR_TSC_DEADLINE, deadline);
		__asm__ volatile("sti; hlt" : : : "memory");
	}
	__asm__ volatile("sti" : : : "memory");
}

static void poll_once(void)
{
	keys_collect();
	__builtin_ia32_pause();
}

static bool has_word(const char *text, const char *word)
{
	for (; *text != '\0'; text++) {
		unsigned i = 0;

		while (word[i] != '\0' && text[i] == word[i]) {
			i++;
		}
		if (word[i] == '\0') {
			return true;
		}
	}
	return false;
}

static const char *cmdline(uint32_t magic, const struct mb_info *info)
{
	return magic == MB_MAGIC && (info->flags & MB_HAS_CMDLINE) != 0
		       ? (const char *)info->cmdline
		       : "";
}

/* Section headers, and the sections that no segment loads, lie behind the image. */
static uint32_t sections_end(const struct mb_info *info)
{
	uint32_t end = info->section_addr + info->section_count * info->section_bytes;

	if ((info->flags & MB_HAS_SECTIONS) == 0) {
		return 0;
	}
	for (uint32_t i = 0; i < info->section_count; i++) {
		const struct section *s =
			(const struct section *)(info->section_addr + i * info->section_bytes);

		end = s->addr + s->size > end ? s->addr + s->size : end;
	}
	return (end + 3) & ~(uint32_t)3;
}

static void greet(uint32_t magic, const struct mb_info *info, uint64_t hz)
{
	print("heartbeat: TSC at ");
	print_decimal(divide(hz, 1000));
	print(" kHz");
	if (cmdline(magic, info)[0] != '\0') {
		print(", told \"");
		print(cmdline(magic, info));
		print("\"");
	}
	print("\n");
}

static void beat_for_ever(uint64_t hz, bool sleeps)
{
	uint64_t next = rdtsc() + hz;

	for (uint64_t count = 1;;) {
		if (sleeps) {
			sleep_until(next);
		} else {
			poll_once();
		}
		while (keys.added != keys.taken) {
			answer(keys.byte[keys.taken % KEYS]);
			keys.taken = keys.taken + 1;
		}
		if (rdtsc() >= next) {
			print("heartbeat: ");
			print_decimal(count++);
			print("\n");
			/*
			 * After a pause go on from now: no burst for the seconds that were missed.
			 */
			next = rdtsc() > next + hz ? rdtsc() + hz : next + hz;
		}
	}
}

void guest_main(uint32_t magic, uint32_t info_at)
{
	const struct mb_info *info = (const struct mb_info *)info_at;
	uint64_t hz = tsc_hz();
	bool sleeps;

	idt_load();
	uart_start(false);
	ram_top = LOW_END + info->mem_upper * 1024;
	greet(magic, info, hz);
	bool checks = has_word(cmdline(magic, info), "check");
	if (checks) {
		clean_check("heartbeat", sections_end(info), ram_top);
	}
	sleeps = can_sleep();
	if (sleeps) {
		apic_start();
		apic_timer_mode(APIC_LVT_DEADLINE);
		ioapic_route(IOAPIC_PIN_UART, apic_id(), VECTOR_UART);
		/* Last: what was typed before the route was there makes its edge now. */
		uart_start(true);
	}
	if (checks) {
		second_run(check_second);
	}
	print("heartbeat: listening\n");
	beat_for_ever(hz, sleeps);
}
