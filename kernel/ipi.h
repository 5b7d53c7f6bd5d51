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
#include "kernel/vlapic_mode.h"

/** IPI_CPUS_MAX - a set of receivers is a word, bit n for processor n. */
enum { IPI_CPUS_MAX = 64 };

/* SDM Vol. 3A, "Valid Interrupt Vectors"; "Logical Destination Mode in x2APIC Mode". */
enum {
	IPI_VECTOR_MIN = 16,
	IPI_CLUSTER_SHIFT = 16,
	IPI_CLUSTER_SIZE = 16,
	IPI_CLUSTER_MEMBERS = (1 << IPI_CLUSTER_SIZE) - 1,
};

/** struct ipi_apic - what says which interrupts are for a processor. */
struct ipi_apic {
	enum vlapic_mode mode;
	bool enabled;    /* by software: it takes fixed interrupts */
	uint8_t logical; /* xAPIC mode: its logical ID */
	bool clusters;   /* xAPIC mode: the cluster model, else the flat one */
};

/** struct ipi - an interrupt on its way. */
struct ipi {
	enum icr_mode mode;
	enum icr_shorthand shorthand;
	uint8_t vector;
	bool logical;
	bool narrow; /* @destination has 8 bits: an xAPIC's, or an IOAPIC's */
	bool level; /* of a device: its receiver's EOI is told to it; an ICR's trigger mode says this of none */
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

/**
 * ipi_from_xapic() - what a write of the low half of an xAPIC's ICR asks for.
 *
 * Return: OK, or E_INVALID for delivery modes no guest may use: nothing is sent.
 * Source: SDM Vol. 3A, "Interrupt Command Register (ICR)".
 */
enum status ipi_from_xapic(uint64_t icr, struct ipi *ipi);

/** ipi_has_illegal_vector() - whether its vector is one that no APIC sends or accepts: an error of the sender. */
bool ipi_has_illegal_vector(const struct ipi *ipi);

/** ipi_from_message() - what a device's message asks for; 8 bits of its destination count. */
struct ipi ipi_from_message(const struct vdev_message *message);

/**
 * ipi_receivers() - whom an interrupt reaches.
 * @ipi:    the interrupt
 * @apics:  of each of the guest's processors
 * @sender: number of the processor that sends it; any for a device's
 * @count:  how many processors the guest has, 1 to IPI_CPUS_MAX
 *
 * The modes of sender and receiver may differ: 8 bits of all ones are everybody, and as a logical destination they name
 * members 0 to 7 of an x2APIC's cluster 0; 32 bits reach an xAPIC whose 8 they are. One that is switched off hears nothing.
 * One that
 * software has disabled hears nothing with a vector. Lowest priority has one receiver, the first of those left. Illegal vectors and combinations
 * that the manual calls invalid reach nobody.
 *
 * Return: bit n is set for processor n; none at or above @count.
 * Source: SDM Vol. 3A, "Determining IPI Destination" and "Logical Destination Mode in x2APIC Mode".
 */
uint64_t ipi_receivers(const struct ipi *ipi, const struct ipi_apic *apics, uint32_t sender,
		       uint32_t count);

/** IPI_NOT_SINGLE - ipi_single() does not know. */
#define IPI_NOT_SINGLE UINT32_MAX

/**
 * ipi_single() - the common case at once: a fixed interrupt to one processor, by its ID or as one member of a cluster.
 * @icr:   value of the x2APIC interrupt command register
 * @count: how many processors the guest has
 *
 * Inlined: a guest waits for it, and its neighbour for what it sends. Right where everybody is in x2APIC mode.
 *
 * Return: whom it reaches, or IPI_NOT_SINGLE: ipi_from_icr() and ipi_receivers() say more.
 */
static inline uint32_t ipi_single(uint64_t icr, uint32_t count)
{
	uint32_t to = (uint32_t)(icr >> 32);

	if (((uint32_t)icr & ~(uint32_t)(UINT8_MAX | ICR_ASSERT | ICR_LOGICAL)) != 0 ||
	    (uint8_t)icr < IPI_VECTOR_MIN) {
		return IPI_NOT_SINGLE;
	}
	if ((icr & ICR_LOGICAL) != 0) {
		uint32_t members = to & IPI_CLUSTER_MEMBERS;

		if (members == 0 || (members & (members - 1)) != 0) {
			return IPI_NOT_SINGLE;
		}
		to = (to >> IPI_CLUSTER_SHIFT) * IPI_CLUSTER_SIZE +
		     (uint32_t)__builtin_ctz(members);
	}
	return to < count ? to : IPI_NOT_SINGLE;
}
