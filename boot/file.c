/* SPDX-License-Identifier: Apache-2.0 */
/* file.c: reads files of the volume Muntin was started from. */
#include "boot/boot.h"

#include "kernel/lib/string.h"

static EFI_GUID file_system_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
static EFI_GUID file_info_guid = EFI_FILE_INFO_ID;

static enum status open_volume(struct boot *boot, EFI_FILE_HANDLE *root)
{
	EFI_FILE_IO_INTERFACE *volume;

	if (boot->services->HandleProtocol(boot->loaded->DeviceHandle, &file_system_guid,
					   (void **)&volume) != EFI_SUCCESS) {
		return E_NOT_FOUND;
	}
	return volume->OpenVolume(volume, root) == EFI_SUCCESS ? OK : E_HARDWARE;
}

static enum status open_file(struct boot *boot, const char *path, EFI_FILE_HANDLE *file)
{
	CHAR16 wide[CONFIG_PATH_BYTES];
	EFI_FILE_HANDLE root;
	size_t length = 0;

	for (; path[length] != '\0' && length + 1 < CONFIG_PATH_BYTES; length++) {
		wide[length] = (CHAR16)(unsigned char)path[length];
	}
	wide[length] = 0;
	enum status status = open_volume(boot, &root);
	if (status != OK) {
		return status;
	}
	EFI_STATUS opened = root->Open(root, file, wide, EFI_FILE_MODE_READ, 0);
	root->Close(root);
	return opened == EFI_SUCCESS ? OK : E_NOT_FOUND;
}

static enum status file_size(EFI_FILE_HANDLE file, uint64_t *bytes)
{
	/* The file's name follows the structure; 8-byte alignment is what EFI_FILE_INFO needs. */
	union {
		EFI_FILE_INFO info;
		uint8_t room[sizeof(EFI_FILE_INFO) + CONFIG_PATH_BYTES * sizeof(CHAR16)];
	} u;
	UINTN size = sizeof(u);

	if (file->GetInfo(file, &file_info_guid, &size, &u) != EFI_SUCCESS) {
		return E_HARDWARE;
	}
	if ((u.info.Attribute & EFI_FILE_DIRECTORY) != 0) {
		return E_NOT_FOUND;
	}
	*bytes = u.info.FileSize;
	return OK;
}

static enum status read_all(EFI_FILE_HANDLE file, uint8_t *to, uint64_t bytes)
{
	uint64_t done = 0;

	while (done < bytes) {
		UINTN part = bytes - done;

		if (file->Read(file, &part, to + done) != EFI_SUCCESS || part == 0) {
			return E_HARDWARE;
		}
		done += part;
	}
	return OK;
}

static enum status read_open(struct boot *boot, EFI_FILE_HANDLE handle, struct image_file *file)
{
	uint64_t bytes;
	enum status status = file_size(handle, &bytes);

	*file = (struct image_file){ NULL, 0 };
	if (status != OK || bytes == 0) {
		return status;
	}
	uint8_t *pages = (uint8_t *)memmap_pages(boot, bytes, 0);
	if (pages == NULL) {
		return E_NO_MEMORY;
	}
	*file = (struct image_file){ pages, bytes };
	return read_all(handle, pages, bytes);
}

enum status file_read(struct boot *boot, const char *path, struct image_file *file)
{
	EFI_FILE_HANDLE handle;
	enum status status = open_file(boot, path, &handle);

	if (status != OK) {
		return status;
	}
	status = read_open(boot, handle, file);
	handle->Close(handle);
	return status;
}
