/* SPDX-License-Identifier: Apache-2.0 */
/* processor_facts.h: what a processor is: words that CPUID and MSRs gave on itself, when it was started. */
#pragma once

#include "kernel/lib/types.h"

enum { PROCESSOR_FACTS = 22 };

/** struct processor_facts - in the order of processor_fact_name(). */
struct processor_facts {
	uint64_t words[PROCESSOR_FACTS];
};

/** What the first words are; the rest is only compared. */
enum { FACT_SIGNATURE, FACT_MICROCODE, FACT_CORE_TYPE };

/** processor_facts_read() - of the processor this runs on. What it does not have is 0. */
void processor_facts_read(struct processor_facts *facts);

/** processor_fact_name() - of word @index; "" beyond the last. */
const char *processor_fact_name(uint32_t index);

/** struct processor_model - a signature taken apart. */
struct processor_model {
	uint32_t family;
	uint32_t model;
	uint32_t stepping;
};

/** processor_model() - pure. @signature: CPUID.1:EAX. Source: SDM Vol. 2A, "CPUID", version information. */
struct processor_model processor_model(uint32_t signature);
