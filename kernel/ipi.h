/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipi.h: an interrupt from a processor or a device of a guest to its processors: whether it is
 * legal, and whom it reaches.
 *
 * Pure, and about virtual processors only: number n has APIC ID n.
 */
#pragma once

#include "arch/cpu/lapic.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"
#include "kernel/vdev/vdev.h"

/** IPI_CPUS_MAX - a set of receivers is a word, bit n for processor n. */
enum { IPI_CPUS_MAX = 64 };

/** struct ipi - an interrupt on its way. */
struct ipi {
	enum icr_mode mode;
	enum icr_shorthand shorthand;
	uint8_t vector;
	bool logical;
	bool deassert; /* INIT level de-assert: nothing on any processor this side of 2001 */
	uint32_t destination;
};

/** ipi_logical_id() - logical x2APIC ID of APIC ID @id: cluster in 31:16, one bit of 15:0. */
uint32_t ipi_logical_id(uint32_t id);

/**
 * ipi_from_icr() - what a write of @icr to the x2APIC interrupt command register asks for.
 *
 * Return: OK, or E_INVALID for reserved bits and for delivery modes no guest may use: #GP.
 * Source: SDM Vol. 3A, "ICR Operation in x2APIC Mode".
 */
enum status ipi_from_icr(uint64_t icr, struct ipi *ipi);

/** ipi_from_message() - what a device's message asks for; 8 bits of its destination count. */
struct ipi ipi_from_message(const struct vdev_message *message);

/**
 * ipi_receivers() - whom an interrupt reaches.
 * @ipi:    the interrupt
 * @sender: number of the processor that sends it; any for a device's
 * @count:  how many processors the guest has, 1 to IPI_CPUS_MAX
 *
 * Lowest priority has one receiver, the first of those it names. Illegal vectors and combinations
 * that the manual calls invalid reach nobody.
 *
 * Return: bit n is set for processor n; none at or above @count.
 * Source: SDM Vol. 3A, "Determining IPI Destination" and "Logical Destination Mode in x2APIC Mode".
 */
uint64_t ipi_receivers(const struct ipi *ipi, uint32_t sender, uint32_t count);
