"""The rules, in the order of their codes."""

from __future__ import annotations

from bindcheck.rules.base import (
    CoreRule,
    CrateRule,
    EntryRule,
    Example,
    FileRule,
    Rule,
    Suppression,
    SuppressionRule,
)
from bindcheck.rules.bc001_unused_ignore import UnusedIgnore
from bindcheck.rules.bc002_ignore_without_reason import IgnoreWithoutReason
from bindcheck.rules.bc101_missing_single import MissingSingle
from bindcheck.rules.bc102_missing_batch import MissingBatch
from bindcheck.rules.bc103_missing_stream import MissingStream
from bindcheck.rules.bc104_missing_inner_into import MissingInnerInto
from bindcheck.rules.bc105_not_registered import NotRegistered
from bindcheck.rules.bc106_missing_signature import MissingSignature
from bindcheck.rules.bc107_missing_kernel_param import MissingKernelParam
from bindcheck.rules.bc108_stub_mismatch import StubMismatch
from bindcheck.rules.bc109_untested_binding import UntestedBinding
from bindcheck.rules.bc110_exported_name import ExportedName
from bindcheck.rules.bc111_result_shape import ResultShape
from bindcheck.rules.bc201_gil_held import GilHeld
from bindcheck.rules.bc202_copy_into_fresh_array import CopyIntoFreshArray
from bindcheck.rules.bc203_copied_result import CopiedResult
from bindcheck.rules.bc204_copied_argument import CopiedArgument
from bindcheck.rules.bc205_needless_clone import NeedlessClone
from bindcheck.rules.bc206_redundant_nan_fill import RedundantNanFill
from bindcheck.rules.bc207_batch_not_into import BatchNotInto
from bindcheck.rules.bc208_work_around_release import WorkAroundRelease
from bindcheck.rules.bc209_parallel_without_threshold import ParallelWithoutThreshold
from bindcheck.rules.bc210_parallel_while_attached import ParallelWhileAttached
from bindcheck.rules.bc211_blocking_while_attached import BlockingWhileAttached
from bindcheck.rules.bc212_release_around_spawn import ReleaseAroundSpawn
from bindcheck.rules.bc213_misleading_name import MisleadingName
from bindcheck.rules.bc214_environment_read_per_call import EnvironmentReadPerCall
from bindcheck.rules.bc301_uninitialised_result import UninitialisedResult
from bindcheck.rules.bc302_unchecked_size import UncheckedSize
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.rules.bc304_unbounded_range import UnboundedRange
from bindcheck.rules.bc305_unvalidated_kernel import UnvalidatedKernel
from bindcheck.rules.bc306_unchecked_alias import UncheckedAlias
from bindcheck.rules.bc307_smuggled_send import SmuggledSend
from bindcheck.rules.bc308_contiguous_only import ContiguousOnly
from bindcheck.rules.bc309_order_blind_2d import OrderBlind2D
from bindcheck.rules.bc310_lossy_error import LossyError
from bindcheck.rules.bc311_uninterruptible_batch import UninterruptibleBatch
from bindcheck.rules.bc312_stream_not_shareable import StreamNotShareable
from bindcheck.rules.bc401_pyo3_renamed_api import Pyo3RenamedApi
from bindcheck.rules.bc402_pyo3_advisory import Pyo3Advisory
from bindcheck.rules.bc403_panic_abort import PanicAbort
from bindcheck.rules.bc404_obsolete_nightly_simd import ObsoleteNightlySimd

RULES: tuple[Rule, ...] = (
    UnusedIgnore(),
    IgnoreWithoutReason(),
    MissingSingle(),
    MissingBatch(),
    MissingStream(),
    MissingInnerInto(),
    NotRegistered(),
    MissingSignature(),
    MissingKernelParam(),
    StubMismatch(),
    UntestedBinding(),
    ExportedName(),
    ResultShape(),
    GilHeld(),
    CopyIntoFreshArray(),
    CopiedResult(),
    CopiedArgument(),
    NeedlessClone(),
    RedundantNanFill(),
    BatchNotInto(),
    WorkAroundRelease(),
    ParallelWithoutThreshold(),
    ParallelWhileAttached(),
    BlockingWhileAttached(),
    ReleaseAroundSpawn(),
    MisleadingName(),
    EnvironmentReadPerCall(),
    UninitialisedResult(),
    UncheckedSize(),
    PanicPath(),
    UnboundedRange(),
    UnvalidatedKernel(),
    UncheckedAlias(),
    SmuggledSend(),
    ContiguousOnly(),
    OrderBlind2D(),
    LossyError(),
    UninterruptibleBatch(),
    StreamNotShareable(),
    Pyo3RenamedApi(),
    Pyo3Advisory(),
    PanicAbort(),
    ObsoleteNightlySimd(),
)

RULE_BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}

__all__ = [
    "RULES",
    "RULE_BY_CODE",
    "CoreRule",
    "CrateRule",
    "EntryRule",
    "Example",
    "FileRule",
    "Rule",
    "Suppression",
    "SuppressionRule",
]
