/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vpiix.h: PCI configuration registers of the chipset that PC firmware looks for: 440FX and PIIX4.
 *
 * Three functions, with the registers that firmware reads or sets: the host bridge 00:00.0, the ISA bridge
 * 00:01.0 behind which it expects COM1, and power management 00:01.3, which says where the PM timer is.
 *
 * Source: Intel 82441FX (PMC) data sheet, "PCI Configuration Registers"; Intel 82371AB (PIIX4) data sheet,
 * "PCI to ISA/EIO Bridge Configuration Registers" and "Power Management PCI Configuration Registers".
 */
#pragma once

#include "kernel/lib/types.h"

enum { VPIIX_REGISTERS = 17 };

/** struct vpiix - one chipset; zeroed, one that shows nothing anywhere. */
struct vpiix {
	uint32_t value[VPIIX_REGISTERS]; /* of the rows of the table in vpiix.c */
};

/** vpiix_init() - registers as after power-on. */
void vpiix_init(struct vpiix *piix);

/**
 * vpiix_read() - four bytes of configuration space.
 * @function: bus, device and function as in CONFIG_ADDRESS: bits 23:8
 * @offset:   multiple of 4, below 0x100
 *
 * Return: the register, 0 where a function has none, all ones where no function is.
 */
uint32_t vpiix_read(const struct vpiix *piix, uint32_t function, uint32_t offset);

/** vpiix_write() - write those bits of @value that are set in @bits, where the register has them. */
void vpiix_write(struct vpiix *piix, uint32_t function, uint32_t offset, uint32_t value,
		 uint32_t bits);

/** vpiix_pm_base() - first port of the power-management block; 0 while it is off. */
uint16_t vpiix_pm_base(const struct vpiix *piix);
