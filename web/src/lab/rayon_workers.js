// Stands in the place of wasm-bindgen-rayon's own script (`xtask/src/site.rs` puts it there): the workers of a pool are made
// as all others of parlab, so that their ends are heard of, memories can be used again, and nothing is said in the console.

export async function startWorkers(_module, _memory, builder) {
  await self.parlab_make_pool_workers(builder.receiver(), builder.numThreads());
  builder.build();
}
