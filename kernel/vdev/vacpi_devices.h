/* SPDX-License-Identifier: Apache-2.0 */
/* vacpi_devices.h: the ACPI tables that describe one device each; for vacpi.c alone. */
#pragma once

#include "kernel/vdev/vacpi_writer.h"

/**
 * vacpi_put_mcfg() - where PCI configuration space is in memory. Return: the table's offset, as do the others.
 *
 * Source: PCI Firmware Specification 3.0, "MCFG Table Description".
 */
size_t vacpi_put_mcfg(struct vacpi_writer *w);

/**
 * vacpi_put_spcr() - which port is the console: COM1.
 *
 * Source: Microsoft, "Serial Port Console Redirection Table", revision 2.
 */
size_t vacpi_put_spcr(struct vacpi_writer *w);

/**
 * vacpi_put_hpet() - the HPET, for a board that has one.
 *
 * Source: Intel, IA-PC HPET Specification 1.0a, "The ACPI 2.0 HPET Description Table (HPET)".
 */
size_t vacpi_put_hpet(struct vacpi_writer *w);
