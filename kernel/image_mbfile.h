/* SPDX-License-Identifier: Apache-2.0 */
/* image_mbfile.h: a Multiboot 1 kernel file: its header, and which bytes of it go where. */
#pragma once

#include "kernel/image_elf.h"
#include "kernel/image_room.h"

/**
 * image_multiboot_read() - read the Multiboot header and, unless that has addresses, the ELF headers.
 *
 * Source: Multiboot Specification version 0.6.96, "OS image format".
 */
image_parts_reader image_multiboot_read;
