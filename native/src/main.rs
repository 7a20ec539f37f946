//! parlab
fn main(){}
