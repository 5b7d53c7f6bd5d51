/* SPDX-License-Identifier: Apache-2.0 */
/* vpic.c: a guest's pair of 8259As. */
#include "kernel/vdev/vpic.h"

#include "kernel/lib/string.h"

/* 8259A, "Initialization Command Words". */
enum {
	ICW1 = 1 << 4, /* on the even port this bit makes it one */
	ICW1_ICW4 = 1 << 0,
	ICW1_SINGLE = 1 << 1,
	ICW2_BASE = 0xF8,
	ICW4_AUTO_EOI = 1 << 1,
	ICW4_NESTS_FULLY = 1 << 4,
};

/* 8259A, "Operation Control Words". */
enum {
	OCW3 = 1 << 3, /* on the even port this bit makes it one, without that of ICW1 */

	OCW2_LEVEL = 7,
	OCW2_COMMAND_SHIFT = 5,
	OCW2_ROTATE_IN_AUTO_EOI_CLEAR = 0,
	OCW2_EOI = 1,
	OCW2_SPECIFIC_EOI = 3,
	OCW2_ROTATE_IN_AUTO_EOI_SET = 4,
	OCW2_ROTATE_ON_EOI = 5,
	OCW2_SET_PRIORITY = 6,
	OCW2_ROTATE_ON_SPECIFIC_EOI = 7,

	OCW3_READ_ISR = 1 << 0,
	OCW3_READ = 1 << 1,
	OCW3_POLL = 1 << 2,
	OCW3_SPECIAL_MASK = 1 << 5,
	OCW3_SPECIAL_MASK_WRITE = 1 << 6,

	POLL_INTERRUPT = 1 << 7,
};

enum {
	INPUTS = 8,
	CASCADE = 2,  /* the master's input that the slave is at */
	SPURIOUS = 7, /* the input that nothing is reported as */
	/* ELCR: timer, keyboard, cascade; RTC, coprocessor always work by edge. */
	ELCR_MASTER_WRITABLE = 0xF8,
	ELCR_SLAVE_WRITABLE = 0xDE,
};

static uint8_t bit_of(unsigned input)
{
	return (uint8_t)(1u << input);
}

/** first_of() - the input of highest priority among @bits, -1 for none ("Fully Nested Mode"). */
static int first_of(const struct vpic_chip *chip, unsigned bits)
{
	for (unsigned i = 1; i <= INPUTS; i++) {
		unsigned input = (chip->lowest + i) % INPUTS;

		if (bits & bit_of(input)) {
			return (int)input;
		}
	}
	return -1;
}

/** rank() - 0 is the highest priority; that of no input is below all. */
static unsigned rank(const struct vpic_chip *chip, int input)
{
	return input < 0 ? INPUTS : ((unsigned)input + INPUTS - 1 - chip->lowest) % INPUTS;
}

/**
 * request() - the input a chip wants to interrupt for, -1 for none.
 *
 * What is in service holds back its own and lower priorities ("Fully Nested Mode"). Masked inputs
 * in service do not if the "Special Mask Mode" is on, and the slave does not hold back itself in
 * the "Special Fully Nested Mode".
 */
static int request(const struct vpic_chip *chip)
{
	int input = first_of(chip, chip->irr & (uint8_t)~chip->imr);
	unsigned in_service = chip->isr;

	if (!chip->initialised || input < 0) {
		return -1;
	}
	if (chip->special_mask) {
		in_service &= (uint8_t)~chip->imr;
		input = first_of(chip, chip->irr & (uint8_t) ~(chip->imr | chip->isr));
	}
	if (chip->nests_fully && input == CASCADE) {
		in_service &= (uint8_t)~bit_of(CASCADE);
	}
	return rank(chip, input) < rank(chip, first_of(chip, in_service)) ? input : -1;
}

/** follow_levels() - inputs that work by level are requested exactly while they are high. */
static void follow_levels(struct vpic_chip *chip)
{
	chip->irr = (uint8_t)((chip->irr & ~chip->elcr) | (chip->lines & chip->elcr));
}

/** set_input() - "Edge and Level Triggered Modes", the choice made per input by ELCR. */
static void set_input(struct vpic_chip *chip, unsigned input, bool level)
{
	uint8_t bit = bit_of(input);

	if (!level) {
		chip->irr &= (uint8_t)~bit;
	} else if (!(chip->lines & bit)) {
		chip->irr |= bit;
	}
	chip->lines = (uint8_t)(level ? chip->lines | bit : chip->lines & ~bit);
	follow_levels(chip);
}

/** cascade() - the slave's INT is the master's input 2, which follows it like a level. */
static void cascade(struct vpic *pic)
{
	bool wanted = request(&pic->slave) >= 0;
	uint8_t others = pic->master.irr & (uint8_t)~bit_of(CASCADE);

	pic->master.irr = wanted ? others | bit_of(CASCADE) : others;
}

/**
 * accept() - INTA for @input: from requested to in service, or done with in "Automatic EOI Mode".
 */
static void accept(struct vpic_chip *chip, unsigned input)
{
	chip->irr &= (uint8_t)~bit_of(input);
	follow_levels(chip);
	if (!chip->auto_eoi) {
		chip->isr |= bit_of(input);
	} else if (chip->rotates_in_auto_eoi) {
		chip->lowest = (uint8_t)input;
	}
}

/** acknowledge() - one chip's part of INTA. Return: the input, SPURIOUS if there is none. */
static unsigned acknowledge(struct vpic_chip *chip)
{
	int input = request(chip);

	if (input < 0) {
		return SPURIOUS;
	}
	accept(chip, (unsigned)input);
	return (unsigned)input;
}

/** start_initialising() - what ICW1 does at once ("Initialization Command Words", ICW1, a to f). */
static void start_initialising(struct vpic_chip *chip, uint8_t value)
{
	struct vpic_chip fresh = {
		.lines = chip->lines,
		.elcr = chip->elcr,
		.vector_base = chip->vector_base,
		.lowest = INPUTS - 1,
		.next_icw = 2,
		.single = value & ICW1_SINGLE,
		.wants_icw4 = value & ICW1_ICW4,
	};

	*chip = fresh;
	follow_levels(chip);
}

/** write_icw() - ICW2 to ICW4; ICW3 says nothing that the wiring of a PC would not. */
static void write_icw(struct vpic_chip *chip, uint8_t value)
{
	if (chip->next_icw == 2) {
		chip->vector_base = value & ICW2_BASE;
		chip->next_icw = chip->single ? 4 : 3;
	} else if (chip->next_icw == 3) {
		chip->next_icw = 4;
	} else {
		chip->auto_eoi = value & ICW4_AUTO_EOI;
		chip->nests_fully = value & ICW4_NESTS_FULLY;
		chip->next_icw = 0;
	}
	if (chip->next_icw == 4 && !chip->wants_icw4) {
		chip->next_icw = 0;
	}
	chip->initialised = chip->next_icw == 0;
}

/**
 * end_of_interrupt() - take @input out of service; the one of highest priority if it is -1.
 *
 * In the "Special Mask Mode" a non-specific EOI does not see what is masked ("End of Interrupt").
 * Return: the input, -1 if nothing was in service.
 */
static int end_of_interrupt(struct vpic_chip *chip, int input)
{
	if (input < 0) {
		uint8_t hidden = chip->special_mask ? chip->imr : 0;

		input = first_of(chip, chip->isr & (uint8_t)~hidden);
	}
	if (input >= 0) {
		chip->isr &= (uint8_t)~bit_of((unsigned)input);
	}
	return input;
}

/** write_ocw2() - "Operation Control Word 2": ends and rotations. */
static void write_ocw2(struct vpic_chip *chip, uint8_t value)
{
	int level = value & OCW2_LEVEL;
	int ended;

	switch (value >> OCW2_COMMAND_SHIFT) {
	case OCW2_ROTATE_IN_AUTO_EOI_CLEAR:
		chip->rotates_in_auto_eoi = false;
		break;
	case OCW2_ROTATE_IN_AUTO_EOI_SET:
		chip->rotates_in_auto_eoi = true;
		break;
	case OCW2_EOI:
		end_of_interrupt(chip, -1);
		break;
	case OCW2_SPECIFIC_EOI:
		end_of_interrupt(chip, level);
		break;
	case OCW2_ROTATE_ON_EOI:
		ended = end_of_interrupt(chip, -1);
		chip->lowest = ended >= 0 ? (uint8_t)ended : chip->lowest;
		break;
	case OCW2_ROTATE_ON_SPECIFIC_EOI:
		end_of_interrupt(chip, level);
		chip->lowest = (uint8_t)level;
		break;
	case OCW2_SET_PRIORITY:
		chip->lowest = (uint8_t)level;
		break;
	}
}

/** write_ocw3() - "Operation Control Word 3": poll overrides read. */
static void write_ocw3(struct vpic_chip *chip, uint8_t value)
{
	if (value & OCW3_SPECIAL_MASK_WRITE) {
		chip->special_mask = value & OCW3_SPECIAL_MASK;
	}
	chip->polled = value & OCW3_POLL;
	if (!chip->polled && (value & OCW3_READ)) {
		chip->reads_isr = value & OCW3_READ_ISR;
	}
}

static void write_chip(struct vpic_chip *chip, bool odd, uint8_t value)
{
	if (odd && chip->next_icw) {
		write_icw(chip, value);
	} else if (odd) {
		chip->imr = value;
	} else if (value & ICW1) {
		start_initialising(chip, value);
	} else if (value & OCW3) {
		write_ocw3(chip, value);
	} else {
		write_ocw2(chip, value);
	}
}

/** read_chip() - IMR on the odd port, IRR or ISR on the even one; after OCW3's poll bit an INTA. */
static uint8_t read_chip(struct vpic_chip *chip, bool odd)
{
	if (chip->polled) {
		chip->polled = false;
		return request(chip) < 0 ? 0 : (uint8_t)(POLL_INTERRUPT | acknowledge(chip));
	}
	if (odd) {
		return chip->imr;
	}
	return chip->reads_isr ? chip->isr : chip->irr;
}

void vpic_init(struct vpic *pic)
{
	memset(pic, 0, sizeof(*pic));
	pic->master.imr = 0xFF;
	pic->slave.imr = 0xFF;
	pic->master.lowest = INPUTS - 1;
	pic->slave.lowest = INPUTS - 1;
}

uint8_t vpic_read(struct vpic *pic, uint16_t port)
{
	uint8_t value = 0xFF;

	switch (port & ~1u) {
	case VPIC_PORT_MASTER:
		value = read_chip(&pic->master, port & 1);
		break;
	case VPIC_PORT_SLAVE:
		value = read_chip(&pic->slave, port & 1);
		break;
	case VPIC_PORT_ELCR:
		value = port & 1 ? pic->slave.elcr : pic->master.elcr;
		break;
	}
	cascade(pic);
	return value;
}

void vpic_write(struct vpic *pic, uint16_t port, uint8_t value)
{
	switch (port & ~1u) {
	case VPIC_PORT_MASTER:
		write_chip(&pic->master, port & 1, value);
		break;
	case VPIC_PORT_SLAVE:
		write_chip(&pic->slave, port & 1, value);
		break;
	case VPIC_PORT_ELCR:
		if (port & 1) {
			pic->slave.elcr = value & ELCR_SLAVE_WRITABLE;
		} else {
			pic->master.elcr = value & ELCR_MASTER_WRITABLE;
		}
		follow_levels(&pic->master);
		follow_levels(&pic->slave);
		break;
	}
	cascade(pic);
}

void vpic_set_irq(struct vpic *pic, unsigned irq, bool level)
{
	if (irq >= VPIC_IRQS || irq == CASCADE) {
		return;
	}
	set_input(irq < INPUTS ? &pic->master : &pic->slave, irq % INPUTS, level);
	cascade(pic);
}

bool vpic_output(const struct vpic *pic)
{
	return request(&pic->master) >= 0;
}

int vpic_acknowledge(struct vpic *pic)
{
	unsigned input = acknowledge(&pic->master);
	int vector = pic->master.vector_base + (int)input;

	if (input == CASCADE) {
		vector = pic->slave.vector_base + (int)acknowledge(&pic->slave);
		cascade(pic);
	}
	return vector;
}
