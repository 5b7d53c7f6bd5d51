/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpuid_machine.h: a machine that has everything, one that has little, and the CPUID table made for a guest on them.
 *
 * Included once, by a test; rich() is its set-up.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "arch/cpu/regs.h"
#include "kernel/cpuid_policy.h"

#define BIT(n) ((uint32_t)1 << (n))
#define ALL    UINT32_MAX

enum { EXTENDED_MAX = 8, HOST_BASIC_MAX = 0x20 };

/* XCR0 bits of the machine: x87, SSE, AVX, MPX (2), AVX-512 (3), PKRU. */
enum { HOST_XCR0 = 0x2FF };
static uint32_t xcr0_of_the_machine;

/* Leaf 4 of the machine: L1 data, L1 code, L2 and L3; the last shared by 32 processors. */
static const struct cpuid_values host_caches[] = {
	{ 0x3C004121, 0x01C0003F, 0x3F, 0 },
	{ 0x3C004122, 0x01C0003F, 0x3F, 0 },
	{ 0x3C004143, 0x01C0003F, 0x3FF, 0 },
	{ 0x3C07C163, 0x03C0003F, 0x3FFF, 4 },
};

/* Size and offset of each state in an uncompacted XSAVE area, as processors have them. */
static const struct cpuid_values host_states[] = {
	[2] = { 256, 576, 0, 0 }, [3] = { 64, 960, 0, 0 },   [4] = { 64, 1024, 0, 0 },
	[5] = { 64, 1088, 0, 0 }, [6] = { 512, 1152, 2, 0 }, [7] = { 1024, 1664, 0, 0 },
	[9] = { 8, 2688, 0, 0 },
};

static inline struct cpuid_values xsave_leaf(uint32_t subleaf)
{
	switch (subleaf) {
	case 0:
		return (struct cpuid_values){ xcr0_of_the_machine, 832, 2696, 0 };
	case 1:
		return (struct cpuid_values){ 0xF, 832, 0x100, 0 };
	default:
		return subleaf < ARRAY_COUNT(host_states) ? host_states[subleaf]
							  : (struct cpuid_values){ 0, 0, 0, 0 };
	}
}

/* A machine whose every feature bit is 1, so that what a guest sees is what the policy shows. */
static inline struct cpuid_values rich_machine(uint32_t leaf, uint32_t subleaf)
{
	switch (leaf) {
	case 0:
		return (struct cpuid_values){ HOST_BASIC_MAX, 0x756E6547, 0x6C65746E, 0x49656E69 };
	case 1:
		return (struct cpuid_values){ 0x50654, 0x7B200800, ALL, ALL };
	case 4:
		return subleaf < ARRAY_COUNT(host_caches) ? host_caches[subleaf]
							  : (struct cpuid_values){ 0, 0, 0, 0 };
	case 0xD:
		return xsave_leaf(subleaf);
	case 0x80000000:
		return (struct cpuid_values){ 0x80000008, 0, 0, 0 };
	case 0x80000008:
		return (struct cpuid_values){ 0x302E, ALL, ALL, ALL };
	default:
		return (struct cpuid_values){ ALL, ALL, ALL, ALL };
	}
}

/* One of 2006: five basic leaves, no XSAVE, and leaves above the highest answer with nonsense. */
static inline struct cpuid_values poor_machine(uint32_t leaf, uint32_t subleaf)
{
	(void)subleaf;
	switch (leaf) {
	case 0:
		return (struct cpuid_values){ 4, 0x756E6547, 0x6C65746E, 0x49656E69 };
	case 1:
		return (struct cpuid_values){ 0x10676, 0x00010800, ALL & ~BIT(26), ALL };
	case 4:
		return (struct cpuid_values){ 0, 0, 0, 0 };
	case 0x80000000:
		return (struct cpuid_values){ 0x80000004, 0, 0, 0 };
	default:
		return (struct cpuid_values){ ALL, ALL, ALL, ALL };
	}
}

static struct cpuid_setup setup;
static struct cpuid_table table;

static uint64_t xcr0_of_the_guest;

static inline uint64_t guest_xcr0(void)
{
	return xcr0_of_the_guest;
}

/* Leaf 0DH.1:EBX: what the machine says, and with which XCR0 it was asked. */
static uint32_t compact_answer;
static uint64_t compact_asked;

static inline uint32_t compact_bytes(uint64_t xcr0)
{
	compact_asked = xcr0;
	return compact_answer;
}

/* 576 bytes, AVX, opmask, ZMM_Hi256 on 64 bytes, Hi16_ZMM. */
enum { COMPACT_E7 = 576 + 256 + 64 + 512 + 1024 };

static const struct vpmu no_counters;

static inline int rich(void **unused)
{
	(void)unused;
	xcr0_of_the_machine = HOST_XCR0;
	xcr0_of_the_guest = 0x7;
	compact_answer = COMPACT_E7;
	setup = (struct cpuid_setup){
		.host = rich_machine,
		.xcr0 = guest_xcr0,
		.signature = CONFIG_SIGNATURE_KVM,
		.vcpu_count = 2,
		.vcpu_id = 1,
		.tsc_hz = 2400000000,
		.lapic_hz = 24000000,
		.controls2 = UINT32_MAX,
		.cr4_guest = UINT64_MAX & ~CR4_LA57,
		.compact_bytes = compact_bytes,
		.pmu = &no_counters,
	};
	cpuid_policy_build(&table, &setup);
	return 0;
}

static inline void rebuild(void)
{
	cpuid_policy_build(&table, &setup);
}

static inline struct cpuid_values get(uint32_t leaf, uint32_t subleaf)
{
	return cpuid_policy_lookup(&table, leaf, subleaf, false);
}

static inline void assert_values(struct cpuid_values is, struct cpuid_values expected)
{
	assert_int_equal(is.eax, expected.eax);
	assert_int_equal(is.ebx, expected.ebx);
	assert_int_equal(is.ecx, expected.ecx);
	assert_int_equal(is.edx, expected.edx);
}

static const struct cpuid_values none = { 0, 0, 0, 0 };
