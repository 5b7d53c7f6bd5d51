/* SPDX-License-Identifier: Apache-2.0 */
/* chain.c: starts Muntin from a program that was started in its place. */
#include "tests/boot/shim/chain.h"

#include <efilib.h>

void say(EFI_SYSTEM_TABLE *system, const CHAR16 *line)
{
	system->ConOut->OutputString(system->ConOut, (CHAR16 *)line);
	system->ConOut->OutputString(system->ConOut, L"\r\n");
}

EFI_HANDLE volume_of(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	EFI_LOADED_IMAGE *loaded;

	if (system->BootServices->HandleProtocol(image, &guid, (void **)&loaded) != EFI_SUCCESS) {
		return NULL;
	}
	return loaded->DeviceHandle;
}

EFI_STATUS chain(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	EFI_DEVICE_PATH *path;
	EFI_HANDLE muntin;

	InitializeLib(image, system);
	path = FileDevicePath(volume_of(image, system), L"\\EFI\\BOOT\\MUNTIN.EFI");
	EFI_STATUS status = system->BootServices->LoadImage(FALSE, image, path, NULL, 0, &muntin);
	if (status != EFI_SUCCESS) {
		say(system, L"shim: \\EFI\\BOOT\\MUNTIN.EFI cannot be loaded");
		return status;
	}
	return system->BootServices->StartImage(muntin, NULL, NULL);
}
