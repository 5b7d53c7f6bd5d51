/* SPDX-License-Identifier: Apache-2.0 */
/* give_acpi.c: gives the machine the ACPI tables in \EFI\muntin\tables.bin, and starts Muntin. */
#include "tests/boot/shim/chain.h"

/* gnu-efi has no header for it. Source: UEFI Specification 2.10, "EFI_ACPI_TABLE_PROTOCOL". */
#define ACPI_TABLE_PROTOCOL_GUID                                                                   \
	{                                                                                          \
		0xffe06bdd, 0x6107, 0x46a6,                                                        \
		{                                                                                  \
			0x7b, 0xb2, 0x5a, 0x9c, 0x7e, 0xc5, 0x27, 0x5c                             \
		}                                                                                  \
	}

struct acpi_table_protocol {
	EFI_STATUS(EFIAPI *install)
	(struct acpi_table_protocol *this, void *table, UINTN bytes, UINTN *key);
	EFI_STATUS(EFIAPI *uninstall)(struct acpi_table_protocol *this, UINTN key);
};

enum { TABLES_BYTES_MAX = 16384, LENGTH_OFFSET = 4, HEADER_BYTES = 36 };

static UINT8 tables[TABLES_BYTES_MAX] __attribute__((aligned(8)));

static UINTN read_tables(EFI_HANDLE volume, EFI_SYSTEM_TABLE *system)
{
	EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	EFI_FILE_IO_INTERFACE *files;
	EFI_FILE_HANDLE root, file;
	UINTN bytes = sizeof(tables);

	if (system->BootServices->HandleProtocol(volume, &guid, (void **)&files) != EFI_SUCCESS ||
	    files->OpenVolume(files, &root) != EFI_SUCCESS ||
	    root->Open(root, &file, L"\\EFI\\muntin\\tables.bin", EFI_FILE_MODE_READ, 0) !=
		    EFI_SUCCESS ||
	    file->Read(file, &bytes, tables) != EFI_SUCCESS) {
		return 0;
	}
	return bytes;
}

/* Firmware makes the RSDP and its lists, and mends checksums. */
static EFI_STATUS install(EFI_SYSTEM_TABLE *system, UINTN bytes)
{
	EFI_GUID guid = ACPI_TABLE_PROTOCOL_GUID;
	struct acpi_table_protocol *acpi;
	EFI_STATUS status = system->BootServices->LocateProtocol(&guid, NULL, (void **)&acpi);
	UINTN at = 0;

	while (status == EFI_SUCCESS && at + HEADER_BYTES <= bytes) {
		UINT32 length = *(const UINT32 *)(const void *)&tables[at + LENGTH_OFFSET];
		UINTN key;

		status = acpi->install(acpi, &tables[at], length, &key);
		at += length;
	}
	return status;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	UINTN bytes = read_tables(volume_of(image, system), system);
	EFI_STATUS status = bytes > 0 ? install(system, bytes) : EFI_NOT_FOUND;

	if (status != EFI_SUCCESS) {
		say(system, L"give_acpi: the tables cannot be installed");
		return status;
	}
	say(system, L"give_acpi: the tables are installed");
	return chain(image, system);
}
