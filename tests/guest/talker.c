/* SPDX-License-Identifier: Apache-2.0 */
/*
 * talker.c: a guest that abuses its console: floods, forges, leaves lines and sequences unfinished; and that adds up
 * what it is sent. It polls COM1.
 */
#include "tests/guest/lib.h"

/* Source: National Semiconductor PC16550D data sheet, "Line Status Register". */
enum { UART_LSR = UART_DATA + 5, LSR_RECEIVED = 1 << 0, LSR_BREAK = 1 << 4 };

/* SPACES: what follows them would begin a line of its own on a screen of 80 columns, the guest's name in front. */
enum { PASTE = 4096, SPACES = 70 };

/* Return: whether something arrived: a byte, or a BREAK, for which @byte is 0. */
static bool receive(uint8_t *byte, bool *is_break)
{
	uint8_t status = in8(UART_LSR);

	if ((status & LSR_RECEIVED) == 0) {
		return false;
	}
	*is_break = (status & LSR_BREAK) != 0;
	*byte = in8(UART_DATA);
	return true;
}

static void flood(void)
{
	uint8_t byte;
	bool is_break;

	for (uint64_t count = 1; !receive(&byte, &is_break); count++) {
		print("talker: flood ");
		print_decimal(count);
		print("\n");
	}
	print("talker: flood ends\n");
}

/* Each byte counts as often as its place says, so that neither a lost nor an exchanged one goes unseen. */
static void add_up_paste(void)
{
	uint32_t sum = 0;
	uint8_t byte;
	bool is_break;

	print("talker: paste\n");
	for (uint32_t i = 1; i <= PASTE; i++) {
		while (!receive(&byte, &is_break)) {
			__builtin_ia32_pause();
		}
		sum += i * byte;
	}
	print("talker: sum ");
	print_hex(sum, 8);
	print("\n");
}

static void forge(void)
{
	for (unsigned i = 0; i < SPACES; i++) {
		print(" ");
	}
	print("[heartbeat] forged\x1b[2J\r[heartbeat] forged\n");
}

static void obey(uint8_t key)
{
	switch (key) {
	case 'f':
		flood();
		break;
	case 'p':
		add_up_paste();
		break;
	case 'w':
		forge();
		break;
	case 'u':
		print("talker: unfinished");
		break;
	case 'e':
		print("\x1b]0;half a title");
		break;
	default:
		print("talker: key ");
		print_hex(key, 2);
		print("\n");
	}
}

void guest_interrupt(struct frame *frame)
{
	die("talker", frame);
}

void guest_main(uint32_t magic, uint32_t info)
{
	uint8_t byte;
	bool is_break;

	(void)magic;
	(void)info;
	idt_load();
	uart_start(false);
	print("talker: ready\n");
	for (;;) {
		if (!receive(&byte, &is_break)) {
			__builtin_ia32_pause();
		} else if (is_break) {
			print("talker: BREAK\n");
		} else {
			obey(byte);
		}
	}
}
