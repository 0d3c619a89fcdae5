"""The rules, in the order of their codes."""

from __future__ import annotations

from bindcheck.rules.base import CoreRule, CrateRule, EntryRule, Example, Rule
from bindcheck.rules.bc101_missing_single import MissingSingle
from bindcheck.rules.bc102_missing_batch import MissingBatch
from bindcheck.rules.bc103_missing_stream import MissingStream
from bindcheck.rules.bc104_missing_inner_into import MissingInnerInto
from bindcheck.rules.bc105_not_registered import NotRegistered
from bindcheck.rules.bc106_missing_signature import MissingSignature
from bindcheck.rules.bc107_missing_kernel_param import MissingKernelParam
from bindcheck.rules.bc110_exported_name import ExportedName
from bindcheck.rules.bc201_gil_held import GilHeld
from bindcheck.rules.bc202_copy_into_fresh_array import CopyIntoFreshArray
from bindcheck.rules.bc203_copied_result import CopiedResult
from bindcheck.rules.bc204_copied_argument import CopiedArgument
from bindcheck.rules.bc207_batch_not_into import BatchNotInto
from bindcheck.rules.bc302_unchecked_size import UncheckedSize
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.rules.bc305_unvalidated_kernel import UnvalidatedKernel
from bindcheck.rules.bc401_pyo3_renamed_api import Pyo3RenamedApi

RULES: tuple[Rule, ...] = (
    MissingSingle(),
    MissingBatch(),
    MissingStream(),
    MissingInnerInto(),
    NotRegistered(),
    MissingSignature(),
    MissingKernelParam(),
    ExportedName(),
    GilHeld(),
    CopyIntoFreshArray(),
    CopiedResult(),
    CopiedArgument(),
    BatchNotInto(),
    UncheckedSize(),
    PanicPath(),
    UnvalidatedKernel(),
    Pyo3RenamedApi(),
)

RULE_BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}

__all__ = ["RULES", "RULE_BY_CODE", "CoreRule", "CrateRule", "EntryRule", "Example", "Rule"]
