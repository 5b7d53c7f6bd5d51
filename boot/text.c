/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: the boot room's words, on the firmware's console and on the serial line. */
#include "boot/boot.h"

#include "drivers/uart16550.h"
#include "kernel/lib/format.h"

enum { TEXT_BYTES = 400, TEXT_SPEED = 115200 };

static struct {
	SIMPLE_TEXT_OUTPUT_INTERFACE *console;
	struct uart uart;
} text;

void text_init(EFI_SYSTEM_TABLE *system)
{
	text.console = system->ConOut;
	/* The config that may name another line is not read yet. */
	uart_init(&text.uart, UART_PORT_COM1, TEXT_SPEED);
}

void text_leave_firmware(void)
{
	text.console = NULL;
}

static void console_write(const char *line)
{
	CHAR16 wide[TEXT_BYTES + 3];
	size_t length = 0;

	for (; line[length] != '\0' && length < TEXT_BYTES; length++) {
		wide[length] = (CHAR16)(unsigned char)line[length];
	}
	wide[length++] = '\r';
	wide[length++] = '\n';
	wide[length] = 0;
	text.console->OutputString(text.console, wide);
}

void text_line(const char *fmt, ...)
{
	char line[TEXT_BYTES];
	va_list args;

	va_start(args, fmt);
	size_t length = format_v(line, sizeof(line), fmt, args);
	va_end(args);
	length = min_u64(length, sizeof(line) - 1);

	if (text.console != NULL) {
		console_write(line);
	}
	uart_write_blocking(&text.uart, line, length, TEXT_BYTES * 2);
	uart_write_blocking(&text.uart, "\r\n", 2, TEXT_BYTES);
}
