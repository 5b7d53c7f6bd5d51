# SPDX-License-Identifier: Apache-2.0
"""SHA-256, HMAC and PBKDF2 of the hypervisor against Python's."""
import hashlib
import hmac
import os
import random
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(TOP, "build/host/test_sha256")
SEED = 180


def ours(*words):
    """What our code makes of it: the test program is called with arguments."""
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def lengths(rng):
    """Around every edge of the padding, and some anywhere."""
    return [*range(54, 66), *range(118, 130), 0, 1, *(rng.randrange(2000) for _ in range(10))]


def test_hashes_are_those_of_hashlib():
    rng = random.Random(SEED)
    for length in lengths(rng):
        message = rng.randbytes(length)
        assert ours("sha256", message.hex()) == hashlib.sha256(message).hexdigest(), length


def test_codes_are_those_of_hmac():
    rng = random.Random(SEED)
    for length in lengths(rng):
        key, message = rng.randbytes(length), rng.randbytes(rng.randrange(200))
        wanted = hmac.new(key, message, hashlib.sha256).hexdigest()
        assert ours("hmac", key.hex(), message.hex()) == wanted, length


def test_derived_keys_are_those_of_hashlib():
    rng = random.Random(SEED)
    for length in lengths(rng):
        password, salt = rng.randbytes(length), rng.randbytes(rng.randrange(80))
        count = rng.randrange(1, 50)
        wanted = hashlib.pbkdf2_hmac("sha256", password, salt, count).hex()
        assert ours("pbkdf2", password.hex(), salt.hex(), count) == wanted, length
