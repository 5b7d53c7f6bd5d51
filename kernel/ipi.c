/* SPDX-License-Identifier: Apache-2.0 */
/* ipi.c: whom an interrupt reaches. */
#include "kernel/ipi.h"

/* Bits 31:20, 17:16, 13:12. */
#define ICR_RESERVED     ((uint64_t)0xFFF33000)
#define EVERYBODY        UINT32_MAX
#define EVERYBODY_8_BITS ((uint32_t)0xFF)
/* Of an xAPIC's logical ID in the cluster model. */
#define XAPIC_CLUSTER           ((uint32_t)0xF0)
#define XAPIC_MEMBERS           ((uint32_t)0x0F)
#define XAPIC_DESTINATION_SHIFT 56

uint32_t ipi_logical_id(uint32_t id)
{
	return id / IPI_CLUSTER_SIZE << IPI_CLUSTER_SHIFT | 1u << id % IPI_CLUSTER_SIZE;
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

/* Reserved bits are ignored. */
enum status ipi_from_xapic(uint64_t icr, struct ipi *ipi)
{
	enum status status = ipi_from_icr((uint32_t)icr & ~ICR_RESERVED, ipi);

	ipi->narrow = true;
	ipi->destination = (uint32_t)(icr >> XAPIC_DESTINATION_SHIFT);
	return status;
}

struct ipi ipi_from_message(const struct vdev_message *message)
{
	return (struct ipi){
		.mode = (enum icr_mode)message->delivery_mode,
		.shorthand = ICR_TO_DESTINATION,
		.vector = message->vector,
		.logical = message->logical,
		.narrow = true,
		.level = message->level,
		.destination = message->destination & EVERYBODY_8_BITS,
	};
}

static bool has_vector(const struct ipi *ipi)
{
	return ipi->mode == ICR_FIXED || ipi->mode == ICR_LOWEST;
}

bool ipi_has_illegal_vector(const struct ipi *ipi)
{
	return has_vector(ipi) && ipi->vector < IPI_VECTOR_MIN;
}

/* No shorthand sends INIT or SIPI to oneself (SDM Vol. 3A, "Determining IPI Destination"). */
static bool goes_nowhere(const struct ipi *ipi)
{
	bool with_self = ipi->shorthand == ICR_TO_SELF || ipi->shorthand == ICR_TO_ALL;

	switch (ipi->mode) {
	case ICR_FIXED:
	case ICR_LOWEST:
		return ipi_has_illegal_vector(ipi);
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

static bool is_broadcast(const struct ipi *ipi)
{
	return ipi->narrow ? ipi->destination == EVERYBODY_8_BITS && !ipi->logical
			   : ipi->destination == EVERYBODY;
}

/* The 8 bits of an IOAPIC or an xAPIC are the low ones: of cluster 0, and its members 0 to 7 are all they can name. */
static bool is_named_x2apic(uint32_t id, uint32_t destination)
{
	uint32_t own = ipi_logical_id(id);

	return own >> IPI_CLUSTER_SHIFT == destination >> IPI_CLUSTER_SHIFT &&
	       (own & destination & IPI_CLUSTER_MEMBERS) != 0;
}

/* SDM Vol. 3A, "Logical Destination Mode": all ones match every cluster. */
static bool is_named_xapic(const struct ipi_apic *apic, uint32_t destination)
{
	uint32_t own = apic->logical;

	if (destination > EVERYBODY_8_BITS) {
		return false;
	}
	if (!apic->clusters) {
		return (own & destination) != 0;
	}
	return destination == EVERYBODY_8_BITS ||
	       ((own & XAPIC_CLUSTER) == (destination & XAPIC_CLUSTER) &&
		(own & destination & XAPIC_MEMBERS) != 0);
}

static bool is_destination(const struct ipi *ipi, const struct ipi_apic *apic, uint32_t id)
{
	if (is_broadcast(ipi)) {
		return true;
	}
	if (!ipi->logical) {
		return id == ipi->destination;
	}
	return apic->mode == VLAPIC_X2APIC ? is_named_x2apic(id, ipi->destination)
					   : is_named_xapic(apic, ipi->destination);
}

static uint64_t named(const struct ipi *ipi, const struct ipi_apic *apics, uint32_t count)
{
	uint64_t set = 0;

	for (uint32_t id = 0; id < count; id++) {
		set |= is_destination(ipi, &apics[id], id) ? (uint64_t)1 << id : 0;
	}
	return set;
}

/* Those of a set that can hear it. Disabled by software they hear NMI, INIT and SIPI. */
static uint64_t listening(const struct ipi *ipi, const struct ipi_apic *apics, uint64_t set)
{
	for (uint64_t rest = set; rest != 0; rest &= rest - 1) {
		const struct ipi_apic *apic = &apics[__builtin_ctzll(rest)];

		if (apic->mode == VLAPIC_DISABLED || (has_vector(ipi) && !apic->enabled)) {
			set &= ~(rest & (0 - rest));
		}
	}
	return set;
}

static uint64_t addressed(const struct ipi *ipi, const struct ipi_apic *apics, uint32_t sender,
			  uint32_t count)
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
	/* By far the most frequent: one processor, by its ID. */
	if (!ipi->logical && ipi->destination < count) {
		return (uint64_t)1 << ipi->destination;
	}
	return named(ipi, apics, count);
}

uint64_t ipi_receivers(const struct ipi *ipi, const struct ipi_apic *apics, uint32_t sender,
		       uint32_t count)
{
	if (goes_nowhere(ipi)) {
		return 0;
	}
	uint64_t set = listening(ipi, apics, addressed(ipi, apics, sender % IPI_CPUS_MAX, count));

	return ipi->mode == ICR_LOWEST ? set & (0 - set) : set;
}
