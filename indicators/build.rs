//! Lets test programs find libpython. An extension module must not link it, and maturin says so in the environment.

fn main() {
    println!("cargo::rerun-if-env-changed=PYO3_BUILD_EXTENSION_MODULE");
    #[cfg(feature = "python")]
    if std::env::var_os("PYO3_BUILD_EXTENSION_MODULE").is_none() {
        link_libpython();
    }
}

#[cfg(feature = "python")]
fn link_libpython() {
    let config = pyo3_build_config::get();
    let unix = std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "unix");
    if !unix {
        return;
    }
    if config.shared() {
        pyo3_build_config::add_libpython_rpath_link_args();
    } else {
        // With a static libpython the test program itself must offer the C API to NumPy's extension modules.
        println!("cargo::rustc-link-arg=-rdynamic");
    }
}
