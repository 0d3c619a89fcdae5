"""What PyO3 exposes: entry points, exports, signatures, roles, kernels."""
