// Notes each memory that WebAssembly has here, without keeping it.
{
  const { Memory, instantiate, instantiateStreaming } = WebAssembly;
  const noted = [];
  const note = (memory) => noted.push(new WeakRef(memory));
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor) {
      super(descriptor);
      note(this);
    }
  };
  for (const [name, make] of Object.entries({ instantiate, instantiateStreaming })) {
    WebAssembly[name] = async (...source) => {
      const made = await make(...source);
      const { memory } = (made.instance ?? made).exports;
      // One that was made above is noted already.
      if (memory && memory.constructor === Memory) note(memory);
      return made;
    };
  }
  self.memories = () => noted.map((memory) => memory.deref()?.buffer.byteLength ?? 0);
}
