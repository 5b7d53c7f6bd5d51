/* SPDX-License-Identifier: Apache-2.0 */
/* clean.c: whether a guest finds its processor and RAM as after power-on, and how to leave them otherwise. */
#include "tests/guest/clean.h"

/* guest.ld: the first byte behind the guest's image. */
extern uint32_t guest_end[];

enum {
	CR4_OSFXSR = 1 << 9,
	CR4_OSXSAVE = 1 << 18,
	LEAF1_ECX_XSAVE = 1 << 26,
	LEAF1_ECX_AVX = 1 << 28,
	XCR0_X87 = 1,
	XCR0_ALL = 7, /* x87, SSE, AVX */
	XSTATE_AVX = 4,
	FXSAVE_BYTES = 512,
	XSAVE_BYTES = 832, /* with AVX (SDM Vol. 1, "XSAVE Area") */
	DIRT = 0x5A5A5A5A,
};

/* What an MSR has to be there for; or whose it is: firmware leaves the first processor in virtual wire mode. */
enum needs { ALWAYS, LONG_MODE, RDTSCP, SPEC_CTRL, FIRST, OTHERS };

/* Source: SDM Vol. 3A, "IA-32 and Intel 64 Processor States Following Power-up, Reset, or INIT"; Vol. 4. */
static const struct {
	const char *name;
	uint32_t msr;
	enum needs needs;
	uint64_t clean;
	uint64_t dirt; /* 0: cannot be written */
} msrs[] = {
	{ "EFER", 0xC0000080, LONG_MODE, 0, 0x901 },
	{ "STAR", 0xC0000081, LONG_MODE, 0, DIRT },
	{ "LSTAR", 0xC0000082, LONG_MODE, 0, DIRT },
	{ "CSTAR", 0xC0000083, LONG_MODE, 0, DIRT },
	{ "FMASK", 0xC0000084, LONG_MODE, 0, DIRT },
	{ "KERNEL_GS_BASE", 0xC0000102, LONG_MODE, 0, DIRT },
	{ "TSC_AUX", 0xC0000103, RDTSCP, 0, DIRT },
	{ "SPEC_CTRL", 0x48, SPEC_CTRL, 0, 1 },
	{ "SYSENTER_CS", 0x174, ALWAYS, 0, 0x5A58 },
	{ "SYSENTER_ESP", 0x175, ALWAYS, 0, DIRT },
	{ "SYSENTER_EIP", 0x176, ALWAYS, 0, DIRT },
	{ "DEBUGCTL", 0x1D9, ALWAYS, 0, 1 },
	{ "MTRR_PHYSMASK7", 0x20F, ALWAYS, 0, 0x800 },
	{ "PAT", 0x277, ALWAYS, 0x0007040600070406, 0x0606060606060606 },
	{ "MTRR_DEF_TYPE", 0x2FF, ALWAYS, 0xC06, 0xC00 },
	{ "LVT_LINT0", 0x835, FIRST, 0x700, 0x10000 },
	{ "LVT_LINT0", 0x835, OTHERS, 0x10000, 0x700 },
	{ "LVT_LINT1", 0x836, FIRST, 0x400, 0x10000 },
	{ "LVT_LINT1", 0x836, OTHERS, 0x10000, 0x400 },
	{ "LVT_ERROR", 0x837, ALWAYS, 0x10000, 0x31 },
	{ "TSC_DEADLINE", 0x6E0, ALWAYS, 0, 0 },
	{ "TIMER_DIVIDE", 0x83E, ALWAYS, 0, 0xB },
	/* One shot; its mode before its count. */
	{ "LVT_TIMER", 0x832, ALWAYS, 0x10000, 0x30 },
	{ "TIMER_INITIAL", 0x838, ALWAYS, 0, 0xFFFFFFF0 },
	{ "TIMER_CURRENT", 0x839, ALWAYS, 0, 0 },
	{ "TPR", 0x808, ALWAYS, 0, 0x10 },
	{ "SVR", 0x80F, FIRST, 0x1FF, 0x1FE },
	{ "SVR", 0x80F, OTHERS, 0xFF, 0x1FE },
	{ "ESR", 0x828, ALWAYS, 0, 0 },
};

enum {
	MSR_ISR0 = 0x810,
	MSR_SELF_IPI = 0x83F,
	APIC_BITMAPS = 24,
	MSR_COUNT = sizeof(msrs) / sizeof(msrs[0])
};

static uint8_t area[XSAVE_BYTES] __attribute__((aligned(64)));
static const char *name_of_all;
static uint32_t found;

#define READ_REGISTER(name)                                                                        \
	static uint32_t read_##name(void)                                                          \
	{                                                                                          \
		uint32_t value;                                                                    \
		__asm__ volatile("mov %%" #name ", %0" : "=r"(value));                             \
		return value;                                                                      \
	}
#define WRITE_REGISTER(name)                                                                       \
	static void write_##name(uint32_t value)                                                   \
	{                                                                                          \
		__asm__ volatile("mov %0, %%" #name : : "r"(value));                               \
	}

READ_REGISTER(cr2)
READ_REGISTER(cr3)
READ_REGISTER(cr4)
READ_REGISTER(dr0)
READ_REGISTER(dr1)
READ_REGISTER(dr2)
READ_REGISTER(dr3)
READ_REGISTER(dr6)
READ_REGISTER(dr7)
WRITE_REGISTER(cr2)
WRITE_REGISTER(cr4)
WRITE_REGISTER(dr0)
WRITE_REGISTER(dr1)
WRITE_REGISTER(dr2)
WRITE_REGISTER(dr3)
WRITE_REGISTER(dr6)
WRITE_REGISTER(dr7)

static void expect(const char *what, uint64_t value, uint64_t clean)
{
	if (value == clean) {
		return;
	}
	found++;
	print(name_of_all);
	print(": not clean: ");
	print(what);
	print(" ");
	print_hex((uint32_t)(value >> 32), 8);
	print(" ");
	print_hex((uint32_t)value, 8);
	print("\n");
}

static bool is_there(enum needs needs)
{
	switch (needs) {
	case LONG_MODE:
		return (cpuid(0x80000001).edx >> 29 & 1) != 0;
	case RDTSCP:
		return (cpuid(0x80000001).edx >> 27 & 1) != 0;
	case SPEC_CTRL:
		return cpuid(0).eax >= 7 && (cpuid(7).edx >> 26 & 1) != 0;
	case FIRST:
		return (rdmsr(0x1B) >> 8 & 1) != 0;
	case OTHERS:
		return (rdmsr(0x1B) >> 8 & 1) == 0;
	case ALWAYS:
		break;
	}
	return true;
}

static bool has(uint32_t leaf1_ecx)
{
	return (cpuid(1).ecx & leaf1_ecx) != 0;
}

static void xsetbv0(uint32_t value)
{
	__asm__ volatile("xsetbv" : : "c"(0), "a"(value), "d"(0));
}

static uint32_t xgetbv0(void)
{
	uint32_t low;
	uint32_t high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

static uint32_t area_word(uint32_t at)
{
	return *(const uint32_t *)(const void *)&area[at];
}

static void check_vectors(void)
{
	write_cr4(read_cr4() | CR4_OSFXSR);
	__asm__ volatile("fxsave %0" : "=m"(area));
	/* As FNINIT leaves it: a reset keeps what nobody relies on, 0x40. */
	expect("FCW", area_word(0) & 0xFFFF, 0x37F);
	expect("MXCSR", area_word(24), 0x1F80);
	for (uint32_t at = 32; at < 288; at += 4) { /* ST0 to ST7, XMM0 to XMM7 */
		expect("a vector register", area_word(at), 0);
	}
	if (!has(LEAF1_ECX_XSAVE)) {
		return;
	}
	write_cr4(read_cr4() | CR4_OSXSAVE);
	expect("XCR0", xgetbv0(), XCR0_X87);
	if (has(LEAF1_ECX_AVX)) {
		xsetbv0(XCR0_ALL);
		__asm__ volatile("xsave %0" : "=m"(area) : "a"(XSTATE_AVX), "d"(0));
		/* XSTATE_BV: a state that is in use. */
		expect("AVX in use", area_word(FXSAVE_BYTES) & XSTATE_AVX, 0);
		xsetbv0(XCR0_X87);
	}
	write_cr4(read_cr4() & ~(uint32_t)CR4_OSXSAVE);
}

static void dirty_vectors(void)
{
	static const uint32_t one = 0x3F800000;
	static const uint32_t mxcsr = 0x1F00;

	write_cr4(read_cr4() | CR4_OSFXSR);
	__asm__ volatile("fld1; fld1; fldpi" ::);
	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
	for (unsigned i = 0; i < 8; i++) {
		__asm__ volatile(
			"pcmpeqd %xmm0, %xmm0; pcmpeqd %xmm3, %xmm3; pcmpeqd %xmm7, %xmm7");
	}
	if (has(LEAF1_ECX_XSAVE) && has(LEAF1_ECX_AVX)) {
		write_cr4(read_cr4() | CR4_OSXSAVE);
		xsetbv0(XCR0_ALL);
		__asm__ volatile("vbroadcastss %0, %%ymm0; vbroadcastss %0, %%ymm5" : : "m"(one));
	}
}

/* The first word that is not zero. */
static void check_ram(uint32_t from, uint32_t top)
{
	const uint32_t *at = from > (uint32_t)guest_end ? (const uint32_t *)from : guest_end;

	for (; (uint32_t)at < top; at++) {
		if (*at != 0) {
			expect("RAM, its address:", (uint32_t)at, 0);
			return;
		}
	}
}

static void dirty_ram(uint32_t top)
{
	for (uint32_t *at = guest_end; (uint32_t)at < top; at++) {
		*at = DIRT;
	}
}

static void check_registers(void)
{
	expect("CR2", read_cr2(), 0);
	expect("CR3", read_cr3(), 0);
	expect("CR4", read_cr4(), 0);
	expect("DR0", read_dr0(), 0);
	expect("DR1", read_dr1(), 0);
	expect("DR2", read_dr2(), 0);
	expect("DR3", read_dr3(), 0);
	expect("DR6", read_dr6(), 0xFFFF0FF0);
	expect("DR7", read_dr7(), 0x400);
}

static void dirty_registers(void)
{
	write_cr2(DIRT);
	write_dr0(DIRT);
	write_dr1(DIRT);
	write_dr2(DIRT);
	write_dr3(DIRT);
	write_dr6(0xFFFF0FFF);
	write_dr7(0x4FF); /* all on, for execution, where nothing is */
}

static void check_msrs(void)
{
	wrmsr(0x828, 0); /* ESR shows what it has only after a write */
	for (unsigned i = 0; i < MSR_COUNT; i++) {
		if (is_there(msrs[i].needs)) {
			expect(msrs[i].name, rdmsr(msrs[i].msr), msrs[i].clean);
		}
	}
	for (uint32_t i = 0; i < APIC_BITMAPS; i++) {
		static const char *const names[] = { "ISR", "TMR", "IRR" };

		expect(names[i / 8], rdmsr(MSR_ISR0 + i), 0);
	}
}

static void dirty_msrs(void)
{
	for (unsigned i = 0; i < MSR_COUNT; i++) {
		if (msrs[i].dirt != 0 && is_there(msrs[i].needs)) {
			wrmsr(msrs[i].msr, msrs[i].dirt);
		}
	}
}

/* The heartbeat's handler ends an interrupt; this one is not ended. */
static void take_without_end(void)
{
	idt_set(VECTOR_UART, stub_spurious);
	wrmsr(MSR_SELF_IPI, VECTOR_UART);
	__asm__ volatile("sti; nop; nop; cli" : : : "memory");
	/* Of the same class as the one in service: it stays requested. */
	wrmsr(MSR_SELF_IPI, VECTOR_TIMER);
}

void clean_check(const char *who, uint32_t from, uint32_t top)
{
	name_of_all = who;
	found = 0;
	check_registers();
	check_msrs();
	check_vectors();
	check_ram(from, top);
	print(who);
	if (found == 0) {
		print(": all clean\n");
		return;
	}
	print(": ");
	print_decimal(found);
	print(" things are not clean\n");
}

void clean_dirty(uint32_t top)
{
	__asm__ volatile("cli");
	dirty_ram(top);
	dirty_vectors();
	dirty_registers();
	dirty_msrs();
	take_without_end();
}
