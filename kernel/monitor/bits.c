/* SPDX-License-Identifier: Apache-2.0 */
/* bits.c: names of bits. */
#include "kernel/monitor/bits.h"

#include "arch/vmx/vmcs.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

/* clang-format off */
const char bits_of_cr0[] = "PE MP EM TS ET NE -:10 WP - AM -:10 NW CD PG";
const char bits_of_cr4[] = "VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT UMIP LA57 VMXE SMXE - "
			   "FSGSBASE PCIDE OSXSAVE KL SMEP SMAP PKE CET PKS UINTR";
const char bits_of_efer[] = "SCE -:7 LME - LMA NXE";
const char bits_of_rflags[] = "CF . PF - AF - ZF SF TF IF DF OF IOPL:2 NT - RF VM AC VIF VIP ID";
const char bits_of_xcr0[] = "x87 SSE AVX BNDREGS BNDCSR opmask ZMM_Hi256 Hi16_ZMM PT PKRU PASID CET_U CET_S "
			    "HDC UINTR LBR HWP TILECFG TILEDATA";
const char bits_of_dr6[] = "B0 B1 B2 B3 .:9 BD BS BT .:16";
const char bits_of_dr7[] = "L0 G0 L1 G1 L2 G2 L3 G3 LE GE . RTM - GD -:2 RW0:2 LEN0:2 RW1:2 LEN1:2 "
			   "RW2:2 LEN2:2 RW3:2 LEN3:2";

/* SDM Vol. 3C, "Guest Non-Register State". */
static const char of_blocking[] = "STI MOV_SS SMI NMI ENCLAVE";
static const char of_pending[] = "B0 B1 B2 B3 -:8 BREAKPOINT - BS - RTM";
/* SDM Vol. 3C, "Guest Register State". */
static const char of_access[] = "type:4 S DPL:2 P -:4 AVL L D/B G unusable";
/* SDM Vol. 3C, "VM-Entry Controls for Event Injection", "Basic VM-Exit Information". */
static const char of_event[] = "vector:8 type:3 error_code NMI_unblocked .:18 valid";
static const char of_eptp[] = "type:3 walk-1:3 AD SSS .:56";
static const char of_exceptions[] = "DE DB NMI BP OF BR UD NM DF - TS NP SS GP PF - MF AC MC XM VE CP";

/* Rows of one description for fields in a row, VMCS_SEGMENT_STEP apart. */
static const struct {
	uint16_t first;
	uint16_t last;
	const char *names;
} described[] = {
	{ VMCS_EPT_POINTER, VMCS_EPT_POINTER, of_eptp },
	{ VMCS_GUEST_EFER, VMCS_GUEST_EFER, bits_of_efer },
	{ VMCS_HOST_EFER, VMCS_HOST_EFER, bits_of_efer },
	{ VMCS_EXCEPTION_BITMAP, VMCS_EXCEPTION_BITMAP, of_exceptions },
	{ VMCS_ENTRY_INTERRUPTION, VMCS_ENTRY_INTERRUPTION, of_event },
	{ VMCS_EXIT_INTERRUPTION, VMCS_EXIT_INTERRUPTION, of_event },
	{ VMCS_IDT_VECTORING, VMCS_IDT_VECTORING, of_event },
	{ VMCS_GUEST_ES_ACCESS, VMCS_GUEST_TR_ACCESS, of_access },
	{ VMCS_GUEST_INTERRUPTIBILITY, VMCS_GUEST_INTERRUPTIBILITY, of_blocking },
	{ VMCS_CR0_SHADOW, VMCS_CR0_SHADOW, bits_of_cr0 },
	{ VMCS_CR4_SHADOW, VMCS_CR4_SHADOW, bits_of_cr4 },
	{ VMCS_GUEST_CR0, VMCS_GUEST_CR0, bits_of_cr0 },
	{ VMCS_GUEST_CR4, VMCS_GUEST_CR4, bits_of_cr4 },
	{ VMCS_GUEST_DR7, VMCS_GUEST_DR7, bits_of_dr7 },
	{ VMCS_GUEST_RFLAGS, VMCS_GUEST_RFLAGS, bits_of_rflags },
	{ VMCS_GUEST_PENDING_DEBUG, VMCS_GUEST_PENDING_DEBUG, of_pending },
	{ VMCS_HOST_CR0, VMCS_HOST_CR0, bits_of_cr0 },
	{ VMCS_HOST_CR4, VMCS_HOST_CR4, bits_of_cr4 },
};
/* clang-format on */

const char *bits_of_vmcs(uint32_t encoding)
{
	for (size_t i = 0; i < ARRAY_COUNT(described); i++) {
		if (encoding >= described[i].first && encoding <= described[i].last) {
			return described[i].names;
		}
	}
	return NULL;
}

/* A text that grows; what does not fit is left out. */
struct words {
	char *text;
	size_t used;
};

static void add(struct words *words, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct words *words, const char *fmt, ...)
{
	va_list args;

	if (words->used > 0 && words->used + 1 < BITS_TEXT_BYTES) {
		words->text[words->used++] = ' ';
	}
	va_start(args, fmt);
	words->used +=
		format_v(&words->text[words->used], BITS_TEXT_BYTES - words->used, fmt, args);
	va_end(args);
	words->used = min_u64(words->used, BITS_TEXT_BYTES - 1);
}

/* One name of a description. */
struct name {
	const char *text;
	size_t length;
	uint32_t bits;
};

static bool next_name(const char **names, struct name *name)
{
	const char *at = *names;

	if (*at == '\0') {
		return false;
	}
	*name = (struct name){ .text = at };
	while (*at != '\0' && *at != ' ' && *at != ':') {
		at++;
	}
	name->length = (size_t)(at - name->text);
	if (*at == ':') {
		for (at++; *at >= '0' && *at <= '9'; at++) {
			name->bits = name->bits * 10 + (uint32_t)(*at - '0');
		}
	} else {
		name->bits = 1;
	}
	*names = *at == ' ' ? at + 1 : at;
	return true;
}

static void add_reserved(struct words *words, uint64_t value, uint32_t first)
{
	for (uint32_t bit = 0; value >> bit != 0; bit++) {
		if ((value >> bit & 1) != 0) {
			add(words, "bit%u", first + bit);
		}
		if (bit == 63) {
			break;
		}
	}
}

static void add_named(struct words *words, const struct name *name, uint64_t value)
{
	if (value == 0 || name->text[0] == '.') {
		return;
	}
	if (name->bits == 1) {
		add(words, "%.*s", (int)name->length, name->text);
	} else {
		add(words, "%.*s=%lu", (int)name->length, name->text, value);
	}
}

void bits_text(const char *names, uint64_t value, char *text)
{
	struct words words = { text, 0 };
	struct name name;
	uint32_t bit = 0;

	text[0] = '\0';
	while (bit < 64 && next_name(&names, &name)) {
		uint64_t field = value >> bit & (((uint64_t)1 << name.bits) - 1);

		if (name.text[0] == '-') {
			add_reserved(&words, field, bit);
		} else {
			add_named(&words, &name, field);
		}
		bit += name.bits;
	}
	if (bit < 64) {
		add_reserved(&words, value >> bit, bit);
	}
}

/* Type of a segment that is no code and no data, in a VMCS (SDM Vol. 3A, "Segment Descriptor Types"). */
static const char *system_text(uint32_t type)
{
	switch (type) {
	case 2:
		return "LDT";
	case 3:
		return "TSS 16-bit busy";
	case 11:
		return "TSS busy";
	default:
		return "system";
	}
}

/* Bits 3:0 of a code or data segment: code, conforming or expanding down, readable or writable, accessed. */
static void add_code_or_data(struct words *words, uint32_t access)
{
	bool code = (access & 8) != 0;

	add(words, "%s", code ? "code" : "data");
	if ((access & 2) != 0) {
		add(words, "%s", code ? "read" : "write");
	}
	if ((access & 4) != 0) {
		add(words, "%s", code ? "conforming" : "down");
	}
	if (code && (access & ACCESS_L) != 0) {
		add(words, "64-bit");
	} else {
		add(words, "%s", (access & ACCESS_D) != 0 ? "32-bit" : "16-bit");
	}
}

void bits_segment(uint32_t access, char *text)
{
	struct words words = { text, 0 };

	text[0] = '\0';
	if ((access & ACCESS_UNUSABLE) != 0) {
		add(&words, "unusable");
		return;
	}
	if ((access & 0x10) != 0) {
		add_code_or_data(&words, access);
	} else {
		add(&words, "%s", system_text(access & 15));
	}
	add(&words, "DPL%u", access >> 5 & 3);
	if ((access & 0x80) == 0) {
		add(&words, "not present");
	}
}
