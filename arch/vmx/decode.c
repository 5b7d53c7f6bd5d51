/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c: instructions that touch memory a device model answers for. */
#include "arch/vmx/decode.h"

#include "kernel/lib/cursor.h"

/* SDM Vol. 2A, "Instruction Prefixes" and "REX Prefixes". */
enum {
	PREFIX_OPERAND_SIZE = 0x66,
	PREFIX_ADDRESS_SIZE = 0x67,
	PREFIX_LOCK = 0xf0,
	PREFIX_REPNE = 0xf2,
	PREFIX_REP = 0xf3,
	REX = 0x40,
	REX_MASK = 0xf0,
	REX_R = 1 << 2,
	REX_W = 1 << 3,
	OPCODE_ESCAPE = 0x0f,
	OPCODE_ESCAPE_38 = 0x38,
	MAP_0F = 0x100,   /* added to an opcode that follows the escape, */
	MAP_0F38 = 0x200, /* or both */
	ALU_END =
		0x40, /* below: eight operations of eight opcodes each, of which four may reach memory */
	ALU_OTHER = 4,
	ALU_LOAD = 2,
	ALU_WIDE = 1,
};

/* What follows an opcode, and what it does. */
enum {
	STORE = 1 << 0,  /* memory is the first operand */
	BYTE = 1 << 1,   /* operands of one byte, else of the operand size */
	OFFSET = 1 << 2, /* no ModRM: an address of the address size follows, the register is RAX */
	IMMEDIATE = 1 << 3,   /* of the operand size follows */
	IMMEDIATE_8 = 1 << 4, /* one byte follows */
	ONLY_64 = 1 << 5,     /* another instruction outside of 64-bit mode */
	NOT_64 = 1 << 6,      /* none in 64-bit mode */
	LOCKABLE = 1 << 7,
	NO_MODRM = 1 << 8, /* a string instruction: the register is RAX */
	PLAIN = 1
		<< 9, /* another instruction with REP or REPNE, and with an operand-size prefix if */
	PLAIN_66 = 1 << 10, /* also this is set */
	STACK = 1 << 11,    /* operands of 64 bits in 64-bit mode */
	ALONE = 1 << 12,    /* a register is no second operand */
};

/** struct form - an opcode we know. */
struct form {
	uint16_t opcode;
	uint8_t memory_bytes; /* 0: as wide as the register; else at most that */
	uint8_t extend;       /* enum decode_extend */
	uint8_t operation;    /* enum decode_operation */
	uint16_t flags;
};

#define S STORE
#define L STORE | LOCKABLE
#define X DECODE_EXTEND_NONE

/* SDM Vol. 2D, "Opcode Map". Anything else is refused. MOV first: drivers use little else. */
/* clang-format off */
static const struct form forms[] = {
	{ 0x88, 0, X, DECODE_MOV, S | BYTE },                   /* r/m8, r8 */
	{ 0x89, 0, X, DECODE_MOV, S },                          /* r/m, r */
	{ 0x8a, 0, X, DECODE_MOV, BYTE },                       /* r8, r/m8 */
	{ 0x8b, 0, X, DECODE_MOV, 0 },                          /* r, r/m */
	{ 0xa0, 0, X, DECODE_MOV, OFFSET | BYTE },              /* AL, moffs8 */
	{ 0xa1, 0, X, DECODE_MOV, OFFSET },                     /* rAX, moffs */
	{ 0xa2, 0, X, DECODE_MOV, OFFSET | S | BYTE },          /* moffs8, AL */
	{ 0xa3, 0, X, DECODE_MOV, OFFSET | S },                 /* moffs, rAX */
	{ 0x63, 4, DECODE_EXTEND_SIGN, DECODE_MOV, ONLY_64 },   /* MOVSXD r, r/m32 */
	{ MAP_0F | 0xb6, 1, DECODE_EXTEND_ZERO, DECODE_MOV, 0 }, /* MOVZX r, r/m8 */
	{ MAP_0F | 0xb7, 2, DECODE_EXTEND_ZERO, DECODE_MOV, 0 }, /* MOVZX r, r/m16 */
	{ MAP_0F | 0xbe, 1, DECODE_EXTEND_SIGN, DECODE_MOV, 0 }, /* MOVSX r, r/m8 */
	{ MAP_0F | 0xbf, 2, DECODE_EXTEND_SIGN, DECODE_MOV, 0 }, /* MOVSX r, r/m16 */
	{ MAP_0F | 0xc3, 0, X, DECODE_MOV, S | PLAIN | PLAIN_66 }, /* MOVNTI m, r */
	{ MAP_0F38 | 0xf0, 0, X, DECODE_MOVBE, PLAIN },         /* r, m */
	{ MAP_0F38 | 0xf1, 0, X, DECODE_MOVBE, S | PLAIN },     /* m, r */
	{ 0x84, 0, X, DECODE_TEST, S | BYTE },
	{ 0x85, 0, X, DECODE_TEST, S },
	{ 0x86, 0, X, DECODE_XCHG, L | BYTE },
	{ 0x87, 0, X, DECODE_XCHG, L },
	{ MAP_0F | 0xa3, 0, X, DECODE_BT, S },
	{ MAP_0F | 0xab, 0, X, DECODE_BTS, L },
	{ MAP_0F | 0xb3, 0, X, DECODE_BTR, L },
	{ MAP_0F | 0xbb, 0, X, DECODE_BTC, L },
	{ MAP_0F | 0xb0, 0, X, DECODE_CMPXCHG, L | BYTE },
	{ MAP_0F | 0xb1, 0, X, DECODE_CMPXCHG, L },
	{ MAP_0F | 0xc0, 0, X, DECODE_XADD, L | BYTE },
	{ MAP_0F | 0xc1, 0, X, DECODE_XADD, L },
	{ 0xa4, 0, X, DECODE_MOVS, S | NO_MODRM | BYTE },
	{ 0xa5, 0, X, DECODE_MOVS, S | NO_MODRM },
	{ 0xa6, 0, X, DECODE_CMPS, NO_MODRM | BYTE },
	{ 0xa7, 0, X, DECODE_CMPS, NO_MODRM },
	{ 0xaa, 0, X, DECODE_STOS, S | NO_MODRM | BYTE },
	{ 0xab, 0, X, DECODE_STOS, S | NO_MODRM },
	{ 0xac, 0, X, DECODE_LODS, NO_MODRM | BYTE },
	{ 0xad, 0, X, DECODE_LODS, NO_MODRM },
	{ 0xae, 0, X, DECODE_SCAS, NO_MODRM | BYTE },
	{ 0xaf, 0, X, DECODE_SCAS, NO_MODRM },
};

/* Opcodes whose ModRM says more: SDM Vol. 2D, "Opcode Extensions for One-Byte and Two-byte Opcodes". */
static const struct {
	struct form form;
	uint8_t reg;
} groups[] = {
	{ { 0xc6, 0, X, DECODE_MOV, S | IMMEDIATE_8 | BYTE | ALONE }, 0 },
	{ { 0xc7, 0, X, DECODE_MOV, S | IMMEDIATE | ALONE }, 0 },
	{ { 0xf6, 0, X, DECODE_TEST, S | IMMEDIATE_8 | BYTE | ALONE }, 0 },
	{ { 0xf6, 0, X, DECODE_TEST, S | IMMEDIATE_8 | BYTE | ALONE }, 1 },
	{ { 0xf6, 0, X, DECODE_NOT, L | BYTE | ALONE }, 2 },
	{ { 0xf6, 0, X, DECODE_NEG, L | BYTE | ALONE }, 3 },
	{ { 0xf7, 0, X, DECODE_TEST, S | IMMEDIATE | ALONE }, 0 },
	{ { 0xf7, 0, X, DECODE_TEST, S | IMMEDIATE | ALONE }, 1 },
	{ { 0xf7, 0, X, DECODE_NOT, L | ALONE }, 2 },
	{ { 0xf7, 0, X, DECODE_NEG, L | ALONE }, 3 },
	{ { 0xfe, 0, X, DECODE_INC, L | BYTE | ALONE }, 0 },
	{ { 0xfe, 0, X, DECODE_DEC, L | BYTE | ALONE }, 1 },
	{ { 0xff, 0, X, DECODE_INC, L | ALONE }, 0 },
	{ { 0xff, 0, X, DECODE_DEC, L | ALONE }, 1 },
	{ { 0xff, 0, X, DECODE_PUSH, STACK | ALONE }, 6 },
	{ { 0x8f, 0, X, DECODE_POP, S | STACK | ALONE }, 0 },
	{ { MAP_0F | 0xba, 0, X, DECODE_BT, S | IMMEDIATE_8 | ALONE }, 4 },
	{ { MAP_0F | 0xba, 0, X, DECODE_BTS, L | IMMEDIATE_8 | ALONE }, 5 },
	{ { MAP_0F | 0xba, 0, X, DECODE_BTR, L | IMMEDIATE_8 | ALONE }, 6 },
	{ { MAP_0F | 0xba, 0, X, DECODE_BTC, L | IMMEDIATE_8 | ALONE }, 7 },
};

/* 80 to 83: the operation is the register of the ModRM byte. */
static const struct form alu_immediates[] = {
	{ 0x80, 0, X, 0, S | IMMEDIATE_8 | BYTE | ALONE },
	{ 0x81, 0, X, 0, S | IMMEDIATE | ALONE },
	{ 0x82, 0, X, 0, S | IMMEDIATE_8 | BYTE | NOT_64 | ALONE },
	{ 0x83, 0, X, 0, S | IMMEDIATE_8 | ALONE },
};
/* clang-format on */

#undef S
#undef L
#undef X

/** struct state - what is known while decoding. */
struct state {
	struct cursor c;
	enum decode_mode mode;
	bool has_operand_size;
	bool has_address_size;
	bool has_lock;
	uint8_t repeat;  /* the last prefix of its kind, or 0 */
	uint8_t segment; /* likewise, as struct decode_access has it */
	uint8_t rex;     /* 0 for none */
	uint16_t opcode;
	struct form form;
	uint8_t operand_bytes;
	uint8_t address_bytes;
};

/* In 64-bit mode only FS and GS count (SDM Vol. 1, "Segmentation in 64-Bit Mode"). */
static void take_segment(struct state *s, uint8_t segment)
{
	if (s->mode != DECODE_64 || segment >= 4) {
		s->segment = segment;
	}
}

static bool take_legacy_prefix(struct state *s, uint8_t byte)
{
	switch (byte) {
	case 0x26: /* ES, CS, SS, DS */
	case 0x2e:
	case 0x36:
	case 0x3e:
		take_segment(s, byte >> 3 & 3);
		return true;
	case 0x64: /* FS, GS */
	case 0x65:
		take_segment(s, byte & 7);
		return true;
	case PREFIX_REPNE:
	case PREFIX_REP:
		s->repeat = byte;
		return true;
	case PREFIX_OPERAND_SIZE:
		s->has_operand_size = true;
		return true;
	case PREFIX_ADDRESS_SIZE:
		s->has_address_size = true;
		return true;
	case PREFIX_LOCK:
		s->has_lock = true;
		return true;
	default:
		return false;
	}
}

/** take_prefix() - note a prefix; false when @byte is none. */
static bool take_prefix(struct state *s, uint8_t byte)
{
	if (s->mode == DECODE_64 && (byte & REX_MASK) == REX) {
		s->rex = byte;
		return true;
	}
	if (!take_legacy_prefix(s, byte)) {
		return false;
	}
	s->rex = 0; /* a REX prefix counts only right before the opcode */
	return true;
}

static void find_sizes(struct state *s)
{
	bool is_16 = s->mode == DECODE_16;

	s->operand_bytes = is_16 != s->has_operand_size ? 2 : 4;
	if ((s->rex & REX_W) != 0 ||
	    ((s->form.flags & STACK) != 0 && s->mode == DECODE_64 && !s->has_operand_size)) {
		s->operand_bytes = 8;
	}
	/* MOVNTI has no 16-bit form, in 16-bit code neither. */
	if ((s->form.flags & PLAIN_66) != 0 && s->operand_bytes == 2) {
		s->operand_bytes = 4;
	}
	s->address_bytes = is_16 != s->has_address_size ? 2 : 4;
	if (s->mode == DECODE_64) {
		s->address_bytes = s->has_address_size ? 4 : 8;
	}
}

static bool find_form(struct state *s)
{
	for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
		if (forms[i].opcode == s->opcode) {
			s->form = forms[i];
			return true;
		}
	}
	return false;
}

static uint16_t lockable(enum decode_operation operation)
{
	return operation == DECODE_CMP ? 0 : LOCKABLE;
}

static bool find_alu(struct state *s)
{
	enum decode_operation operation = DECODE_ADD + (s->opcode >> 3);
	uint16_t flags = (s->opcode & ALU_WIDE) != 0 ? 0 : BYTE;

	if (s->opcode >= ALU_END || (s->opcode & ALU_OTHER) != 0) {
		return false;
	}
	if ((s->opcode & ALU_LOAD) == 0) {
		flags |= STORE | lockable(operation);
	}
	s->form = (struct form){ .operation = (uint8_t)operation, .flags = flags };
	return true;
}

static bool find_group(struct state *s, uint8_t reg)
{
	if (s->opcode >= 0x80 && s->opcode <= 0x83) {
		s->form = alu_immediates[s->opcode & 3];
		s->form.operation = (uint8_t)(DECODE_ADD + reg);
		s->form.flags |= lockable(s->form.operation);
		return true;
	}
	for (size_t i = 0; i < ARRAY_COUNT(groups); i++) {
		if (groups[i].form.opcode == s->opcode && groups[i].reg == reg) {
			s->form = groups[i].form;
			return true;
		}
	}
	return false;
}

static bool is_group(uint16_t opcode)
{
	if (opcode >= 0x80 && opcode <= 0x83) {
		return true;
	}
	for (size_t i = 0; i < ARRAY_COUNT(groups); i++) {
		if (groups[i].form.opcode == opcode) {
			return true;
		}
	}
	return false;
}

/* The ModRM byte of a group is looked at here, and taken later. */
static enum status take_group(struct state *s)
{
	struct cursor ahead = s->c;
	uint8_t modrm = cursor_u8(&ahead);

	if (!is_group(s->opcode)) {
		return E_UNSUPPORTED;
	}
	if (ahead.failed) {
		return E_TRUNCATED;
	}
	return find_group(s, modrm >> 3 & 7) ? OK : E_UNSUPPORTED;
}

static bool is_allowed(const struct state *s)
{
	uint16_t flags = s->form.flags;
	bool plain = s->repeat == 0 && ((flags & PLAIN_66) == 0 || !s->has_operand_size);

	return (!s->has_lock || (flags & LOCKABLE) != 0) &&
	       ((flags & ONLY_64) == 0 || s->mode == DECODE_64) &&
	       ((flags & NOT_64) == 0 || s->mode != DECODE_64) && ((flags & PLAIN) == 0 || plain);
}

static uint16_t take_escaped(struct state *s)
{
	uint8_t byte = cursor_u8(&s->c);

	return byte == OPCODE_ESCAPE_38 ? MAP_0F38 | cursor_u8(&s->c) : MAP_0F | byte;
}

/** take_opcode() - prefixes and opcode. */
static enum status take_opcode(struct state *s)
{
	uint8_t byte = cursor_u8(&s->c);

	while (!s->c.failed && take_prefix(s, byte)) {
		byte = cursor_u8(&s->c);
	}
	s->opcode = byte == OPCODE_ESCAPE ? take_escaped(s) : byte;
	if (s->c.failed) {
		return E_TRUNCATED;
	}
	enum status status = find_form(s) || find_alu(s) ? OK : take_group(s);

	if (status == OK && !is_allowed(s)) {
		return E_UNSUPPORTED;
	}
	find_sizes(s);
	return status;
}

/** displacement_bytes() - SDM Vol. 2A, "Addressing-Mode Encoding of ModR/M and SIB Bytes". */
static size_t displacement_bytes(struct state *s, uint8_t mod, uint8_t rm)
{
	if (s->address_bytes == 2) {
		return mod == 0 ? (rm == 6 ? 2 : 0) : mod;
	}
	/* A SIB byte comes before the displacement, and its base takes the place of rm. */
	uint8_t base = rm == 4 ? cursor_u8(&s->c) & 7 : rm;

	if (mod == 0) {
		return base == 5 ? 4 : 0;
	}
	return mod == 1 ? 1 : 4;
}

static uint8_t register_bytes(const struct state *s)
{
	return (s->form.flags & BYTE) != 0 ? 1 : s->operand_bytes;
}

/** take_modrm() - ModRM, SIB and displacement; E_UNSUPPORTED unless they name memory. */
static enum status take_modrm(struct state *s, struct decode_access *access)
{
	uint8_t modrm = cursor_u8(&s->c);
	uint8_t mod = modrm >> 6;
	uint8_t reg = modrm >> 3 & 7;

	if (s->c.failed) {
		return E_TRUNCATED;
	}
	if (mod == 3) {
		return E_UNSUPPORTED;
	}
	cursor_take(&s->c, displacement_bytes(s, mod, modrm & 7));
	if ((s->form.flags & ALONE) != 0) {
		return OK;
	}
	/* Without REX, byte registers 4 to 7 are AH to BH; with any REX they are SPL to DIL. */
	access->high_byte = register_bytes(s) == 1 && s->rex == 0 && reg >= 4;
	access->reg = access->high_byte ? (uint8_t)(reg - 4) : reg;
	if ((s->rex & REX_R) != 0) {
		access->reg = (uint8_t)(access->reg + 8);
	}
	return OK;
}

static uint64_t sign_extend(uint64_t value, unsigned bytes)
{
	unsigned unused = 64 - 8 * bytes;

	return (uint64_t)((int64_t)(value << unused) >> unused);
}

static uint64_t low_bytes(uint64_t value, unsigned bytes)
{
	return value & (UINT64_MAX >> (64 - 8 * bytes));
}

static void take_immediate(struct state *s, struct decode_access *access)
{
	/* There is no 8-byte immediate: four bytes are sign-extended, as one is. */
	unsigned bytes = (s->form.flags & IMMEDIATE_8) != 0 ? 1
			 : access->bytes == 8               ? 4
							    : access->bytes;

	access->has_immediate = true;
	access->immediate = sign_extend(cursor_le(&s->c, bytes), bytes);
}

static void begin_access(const struct state *s, struct decode_access *access)
{
	static const enum decode_repeat repeats[] = { DECODE_REPNE, DECODE_REP };
	bool is_string = (s->form.flags & NO_MODRM) != 0;

	*access = (struct decode_access){
		.operation = (enum decode_operation)s->form.operation,
		.is_store = (s->form.flags & STORE) != 0,
		.register_bytes = register_bytes(s),
		.bytes = register_bytes(s),
		.extend = (enum decode_extend)s->form.extend,
		.address_bytes = s->address_bytes,
		.segment = s->segment,
		.repeat = is_string && s->repeat != 0 ? repeats[s->repeat & 1] : DECODE_ONCE,
	};
	if (s->form.memory_bytes != 0 && s->form.memory_bytes < access->bytes) {
		access->bytes = s->form.memory_bytes;
	}
}

enum status decode_access(const struct decode_input *input, struct decode_access *access)
{
	size_t count = min_u64(input->count, DECODE_BYTES_MAX);
	struct state s = { .c = cursor_over(input->bytes, count),
			   .mode = input->mode,
			   .segment = DECODE_NO_SEGMENT };
	enum status status = take_opcode(&s);

	if (status != OK) {
		return status;
	}
	begin_access(&s, access);
	if ((s.form.flags & OFFSET) != 0) {
		cursor_take(&s.c, s.address_bytes);
	} else if ((s.form.flags & NO_MODRM) == 0) {
		status = take_modrm(&s, access);
	}
	if (status == OK && (s.form.flags & (IMMEDIATE | IMMEDIATE_8)) != 0) {
		take_immediate(&s, access);
	}
	access->length = (uint8_t)s.c.at;
	return status == OK && s.c.failed ? E_TRUNCATED : status;
}

_Static_assert(DECODE_BYTES_MAX <= DECODE_MEMO_WORDS * 8, "an instruction fits into a memo");

const struct decode_access *decode_memoized(struct decode_memo *memo,
					    const uint64_t code[DECODE_MEMO_WORDS], unsigned count,
					    enum decode_mode mode)
{
	struct decode_input input = { (const uint8_t *)code, count, mode };

	if (memo->code[0] == code[0] && memo->code[1] == code[1] && memo->count == count &&
	    memo->mode == mode && count != 0) {
		return &memo->access;
	}
	memo->count = 0;
	if (decode_access(&input, &memo->access) != OK) {
		return NULL;
	}
	memo->code[0] = code[0];
	memo->code[1] = code[1];
	memo->count = count;
	memo->mode = mode;
	return &memo->access;
}

uint64_t decode_stored(const struct decode_access *access, uint64_t reg)
{
	uint64_t value = access->has_immediate ? access->immediate
			 : access->high_byte   ? reg >> 8
					       : reg;

	return low_bytes(value, access->bytes);
}

uint64_t decode_loaded(const struct decode_access *access, uint64_t reg, uint64_t memory)
{
	uint64_t value = low_bytes(memory, access->bytes);

	if (access->extend == DECODE_EXTEND_SIGN) {
		value = low_bytes(sign_extend(value, access->bytes), access->register_bytes);
	}
	if (access->register_bytes >= 4) {
		return value;
	}
	/* The rest of the register stays as it is. */
	unsigned shift = access->high_byte ? 8 : 0;
	uint64_t mask = low_bytes(UINT64_MAX, access->register_bytes) << shift;

	return (reg & ~mask) | (value << shift);
}
