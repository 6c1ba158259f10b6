//! The command line `medrec`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
	let code = medrec_client::cli::run(std::env::args_os()).await;
	ExitCode::from(code as u8)
}
