/* SPDX-License-Identifier: Apache-2.0 */
/* ipi.c: whom an interrupt reaches. */
#include "kernel/ipi.h"

/* Bits 31:20, 17:16, 13:12. */
#define ICR_RESERVED      ((uint64_t)0xFFF33000)
#define EVERYBODY         UINT32_MAX
#define EVERYBODY_8_BITS  ((uint32_t)0xFF)
#define CLUSTER_SHIFT     16
#define MEMBERS           ((uint32_t)0xFFFF)
#define MEMBERS_A_CLUSTER 16u

enum { VECTOR_LOWEST_LEGAL = 16 };

uint32_t ipi_logical_id(uint32_t id)
{
	return id / MEMBERS_A_CLUSTER << CLUSTER_SHIFT | 1u << id % MEMBERS_A_CLUSTER;
}

/* SMI belongs to the machine; the others have no meaning. */
static bool mode_is_legal(enum icr_mode mode)
{
	return mode == ICR_FIXED || mode == ICR_LOWEST || mode == ICR_NMI || mode == ICR_INIT ||
	       mode == ICR_STARTUP;
}

enum status ipi_from_icr(uint64_t icr, struct ipi *ipi)
{
	*ipi = (struct ipi){
		.mode = (enum icr_mode)(icr >> 8 & 7),
		.shorthand = (enum icr_shorthand)(icr >> 18 & 3),
		.vector = (uint8_t)icr,
		.logical = (icr & ICR_LOGICAL) != 0,
		.deassert = (icr & (ICR_LEVEL | ICR_ASSERT)) == ICR_LEVEL,
		.destination = (uint32_t)(icr >> 32),
	};
	return (icr & ICR_RESERVED) == 0 && mode_is_legal(ipi->mode) ? OK : E_INVALID;
}

/*
 * In x2APIC mode the 8 bits of an IOAPIC are the low ones of a destination: a logical one is of
 * cluster 0, and its members 0 to 7 are all it can name. All ones are everybody in physical mode,
 * as an IOAPIC means them.
 */
struct ipi ipi_from_message(const struct vdev_message *message)
{
	uint32_t destination = message->destination & EVERYBODY_8_BITS;
	bool everybody = !message->logical && destination == EVERYBODY_8_BITS;

	return (struct ipi){
		.mode = (enum icr_mode)message->delivery_mode,
		.shorthand = ICR_TO_DESTINATION,
		.vector = message->vector,
		.logical = message->logical,
		.destination = everybody ? EVERYBODY : destination,
	};
}

/* No shorthand sends INIT or SIPI to oneself (SDM Vol. 3A, "Determining IPI Destination"). */
static bool goes_nowhere(const struct ipi *ipi)
{
	bool with_self = ipi->shorthand == ICR_TO_SELF || ipi->shorthand == ICR_TO_ALL;

	switch (ipi->mode) {
	case ICR_FIXED:
	case ICR_LOWEST:
		return ipi->vector < VECTOR_LOWEST_LEGAL;
	case ICR_NMI:
		return false;
	case ICR_INIT:
		return with_self || ipi->deassert;
	case ICR_STARTUP:
		return with_self;
	case ICR_SMI:
	case ICR_RESERVED3:
		break;
	}
	return true;
}

static bool is_destination(const struct ipi *ipi, uint32_t id)
{
	if (ipi->destination == EVERYBODY) {
		return true;
	}
	if (!ipi->logical) {
		return id == ipi->destination;
	}
	uint32_t own = ipi_logical_id(id);

	return own >> CLUSTER_SHIFT == ipi->destination >> CLUSTER_SHIFT &&
	       (own & ipi->destination & MEMBERS) != 0;
}

static uint64_t named(const struct ipi *ipi, uint32_t count)
{
	uint64_t set = 0;

	for (uint32_t id = 0; id < count; id++) {
		set |= is_destination(ipi, id) ? (uint64_t)1 << id : 0;
	}
	return set;
}

static uint64_t by_shorthand(const struct ipi *ipi, uint32_t sender, uint32_t count)
{
	uint64_t all = UINT64_MAX >> (IPI_CPUS_MAX - count);
	uint64_t self = (uint64_t)1 << sender;

	switch (ipi->shorthand) {
	case ICR_TO_SELF:
		return self;
	case ICR_TO_ALL:
		return all;
	case ICR_TO_OTHERS:
		return all & ~self;
	case ICR_TO_DESTINATION:
		break;
	}
	return named(ipi, count);
}

uint64_t ipi_receivers(const struct ipi *ipi, uint32_t sender, uint32_t count)
{
	if (goes_nowhere(ipi)) {
		return 0;
	}
	uint64_t set = by_shorthand(ipi, sender % IPI_CPUS_MAX, count);

	return ipi->mode == ICR_LOWEST ? set & (0 - set) : set;
}
