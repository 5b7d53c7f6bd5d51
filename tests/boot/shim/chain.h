/* SPDX-License-Identifier: Apache-2.0 */
/* chain.h: what the shims share: words on the console, and the start of Muntin behind them. */
#pragma once

#include <efi.h>

/**
 * say() - a line on firmware's console.
 * @system: firmware's
 * @line:   without its end
 */
void say(EFI_SYSTEM_TABLE *system, const CHAR16 *line);

/**
 * volume_of() - the device a program was started from.
 * @image:  the program
 * @system: firmware's
 *
 * Return: its handle, or NULL.
 */
EFI_HANDLE volume_of(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

/**
 * chain() - start \EFI\BOOT\MUNTIN.EFI of the volume that the caller was started from.
 * @image:  the caller
 * @system: firmware's
 *
 * Return: what Muntin returned, or why it could not be started.
 */
EFI_STATUS chain(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);
