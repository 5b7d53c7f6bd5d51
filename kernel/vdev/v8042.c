/* SPDX-License-Identifier: Apache-2.0 */
/* v8042.c: a guest's keyboard controller, with nothing plugged into it. */
#include "kernel/vdev/v8042.h"

#include "kernel/lib/string.h"

/* "Status Register". Input buffer full (bit 1) is never set: a byte is taken at once. */
enum {
	STATUS_OUTPUT_FULL = 1 << 0,
	STATUS_SYSTEM = 1 << 2,
	STATUS_COMMAND = 1 << 3, /* the byte written last went to port 0x64 */
	STATUS_NOT_LOCKED = 1 << 4,
	STATUS_AUX = 1 << 5, /* what is in the output buffer is the auxiliary device's */
	STATUS_TIMEOUT = 1 << 6,
	STATUS_OF_OUTPUT = STATUS_OUTPUT_FULL | STATUS_AUX | STATUS_TIMEOUT,
};

/* "Controller Command Byte". */
enum {
	MODE_KEYBOARD_INTERRUPT = 1 << 0,
	MODE_AUX_INTERRUPT = 1 << 1,
	MODE_SYSTEM = 1 << 2,
	MODE_KEYBOARD_OFF = 1 << 4,
	MODE_AUX_OFF = 1 << 5,
	MODE_TRANSLATE = 1 << 6,
	MODE_AT_START = MODE_SYSTEM | MODE_KEYBOARD_OFF | MODE_AUX_OFF | MODE_TRANSLATE,
};

/* "Controller Commands". */
enum {
	COMMAND_READ_RAM = 0x20,
	COMMAND_WRITE_RAM = 0x60,
	COMMAND_RAM_BITS = 0x1F,
	COMMAND_TEST_PASSWORD = 0xA4,
	COMMAND_AUX_OFF = 0xA7,
	COMMAND_AUX_ON = 0xA8,
	COMMAND_TEST_AUX = 0xA9,
	COMMAND_SELF_TEST = 0xAA,
	COMMAND_TEST_KEYBOARD = 0xAB,
	COMMAND_KEYBOARD_OFF = 0xAD,
	COMMAND_KEYBOARD_ON = 0xAE,
	COMMAND_READ_INPUT_PORT = 0xC0,
	COMMAND_READ_OUTPUT_PORT = 0xD0,
	COMMAND_WRITE_OUTPUT_PORT = 0xD1,
	COMMAND_WRITE_KEYBOARD_BUFFER = 0xD2,
	COMMAND_WRITE_AUX_BUFFER = 0xD3,
	COMMAND_WRITE_AUX = 0xD4,
	COMMAND_PULSE = 0xF0, /* the lines whose bit is 0, of the low four */
};

enum {
	SELF_TEST_PASSED = 0x55,
	INTERFACE_IS_FINE = 0x00,
	NO_PASSWORD = 0xF1,
	NO_ANSWER = 0xFE, /* "Transmit Timeout" */

	INPUT_PORT = 0x80, /* not locked */
	/* "Output Port": bit 0 is the reset line, low when it resets; bit 1 the A20 gate. */
	OUTPUT_NOT_RESET = 1 << 0,
	OUTPUT_A20 = 1 << 1,
	OUTPUT_KEYBOARD_FULL = 1 << 4,
	OUTPUT_IDLE = 0xC0 | OUTPUT_A20 | OUTPUT_NOT_RESET, /* with the keyboard's lines high */
};

static void drive(struct irq_line *line, bool *level, bool wanted)
{
	if (*level != wanted) {
		*level = wanted;
		irq_line_set(line, wanted);
	}
}

/* "Controller Command Byte": an interrupt while the output buffer is full. */
static void update_wires(struct v8042 *kbc)
{
	bool full = (kbc->status & STATUS_OUTPUT_FULL) != 0;
	bool aux = (kbc->status & STATUS_AUX) != 0;
	uint8_t mode = kbc->ram[0];

	drive(&kbc->keyboard, &kbc->keyboard_level,
	      full && !aux && (mode & MODE_KEYBOARD_INTERRUPT) != 0);
	drive(&kbc->aux, &kbc->aux_level, full && aux && (mode & MODE_AUX_INTERRUPT) != 0);
}

/* @more: STATUS_AUX, STATUS_TIMEOUT, as they apply. */
static void answer(struct v8042 *kbc, uint8_t byte, unsigned more)
{
	kbc->output = byte;
	kbc->status =
		(uint8_t)((kbc->status & ~(unsigned)STATUS_OF_OUTPUT) | STATUS_OUTPUT_FULL | more);
}

static enum vplatform_action reset_if(bool line)
{
	return line ? VPLATFORM_RESET : VPLATFORM_NONE;
}

static void set_mode(struct v8042 *kbc, unsigned clear, unsigned set)
{
	kbc->ram[0] = (uint8_t)((kbc->ram[0] & ~clear) | set);
}

static void self_test(struct v8042 *kbc)
{
	kbc->ram[0] = MODE_AT_START;
	answer(kbc, SELF_TEST_PASSED, 0);
}

/* Commands that answer or change a mode, and need no byte more. */
static void simple_command(struct v8042 *kbc, uint8_t command)
{
	switch (command) {
	case COMMAND_TEST_PASSWORD:
		answer(kbc, NO_PASSWORD, 0);
		break;
	case COMMAND_AUX_OFF:
		set_mode(kbc, 0, MODE_AUX_OFF);
		break;
	case COMMAND_AUX_ON:
		set_mode(kbc, MODE_AUX_OFF, 0);
		break;
	case COMMAND_TEST_AUX:
	case COMMAND_TEST_KEYBOARD:
		answer(kbc, INTERFACE_IS_FINE, 0);
		break;
	case COMMAND_SELF_TEST:
		self_test(kbc);
		break;
	case COMMAND_KEYBOARD_OFF:
		set_mode(kbc, 0, MODE_KEYBOARD_OFF);
		break;
	case COMMAND_KEYBOARD_ON:
		set_mode(kbc, MODE_KEYBOARD_OFF, 0);
		break;
	case COMMAND_READ_INPUT_PORT:
		answer(kbc, INPUT_PORT, 0);
		break;
	case COMMAND_READ_OUTPUT_PORT:
		answer(kbc, OUTPUT_IDLE | OUTPUT_KEYBOARD_FULL, 0);
		break;
	}
}

static bool wants_byte(uint8_t command)
{
	return (command & ~COMMAND_RAM_BITS) == COMMAND_WRITE_RAM ||
	       (command >= COMMAND_WRITE_OUTPUT_PORT && command <= COMMAND_WRITE_AUX);
}

static enum vplatform_action write_command(struct v8042 *kbc, uint8_t command)
{
	kbc->status |= STATUS_COMMAND;
	kbc->command = wants_byte(command) ? command : 0;
	if (command >= COMMAND_PULSE) {
		return reset_if((command & OUTPUT_NOT_RESET) == 0);
	}
	if ((command & ~COMMAND_RAM_BITS) == COMMAND_READ_RAM) {
		answer(kbc, kbc->ram[command & COMMAND_RAM_BITS], 0);
	} else {
		simple_command(kbc, command);
	}
	return VPLATFORM_NONE;
}

/* A byte at port 0x60 that no command waits for is the keyboard's, and switches it on. */
static enum vplatform_action write_data(struct v8042 *kbc, uint8_t byte)
{
	uint8_t command = kbc->command;

	kbc->status &= (uint8_t)~STATUS_COMMAND;
	kbc->command = 0;
	switch (command) {
	case 0:
		set_mode(kbc, MODE_KEYBOARD_OFF, 0);
		answer(kbc, NO_ANSWER, STATUS_TIMEOUT);
		break;
	case COMMAND_WRITE_OUTPUT_PORT:
		return reset_if((byte & OUTPUT_NOT_RESET) == 0);
	case COMMAND_WRITE_KEYBOARD_BUFFER:
		answer(kbc, byte, 0);
		break;
	case COMMAND_WRITE_AUX_BUFFER:
		answer(kbc, byte, STATUS_AUX);
		break;
	case COMMAND_WRITE_AUX:
		answer(kbc, NO_ANSWER, STATUS_AUX | STATUS_TIMEOUT);
		break;
	default:
		kbc->ram[command & COMMAND_RAM_BITS] = byte;
		break;
	}
	return VPLATFORM_NONE;
}

void v8042_init(struct v8042 *kbc, struct irq_line keyboard, struct irq_line aux)
{
	memset(kbc, 0, sizeof(*kbc));
	kbc->keyboard = keyboard;
	kbc->aux = aux;
	kbc->status = STATUS_NOT_LOCKED;
	kbc->ram[0] = MODE_AT_START;
}

uint8_t v8042_read(struct v8042 *kbc, uint16_t port)
{
	if (port == V8042_PORT_COMMAND) {
		/* The system flag follows the command byte. */
		return kbc->status | ((kbc->ram[0] & MODE_SYSTEM) != 0 ? STATUS_SYSTEM : 0);
	}
	kbc->status &= (uint8_t)~STATUS_OF_OUTPUT;
	update_wires(kbc);
	return kbc->output;
}

enum vplatform_action v8042_write(struct v8042 *kbc, uint16_t port, uint8_t byte)
{
	enum vplatform_action action =
		port == V8042_PORT_COMMAND ? write_command(kbc, byte) : write_data(kbc, byte);

	update_wires(kbc);
	return action;
}
