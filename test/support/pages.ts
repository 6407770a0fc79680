/** The commands of a page's console blocks, and what it says that each prints. */
export function stepsOf(text: string): { command: string; output: string }[] {
  return [...text.matchAll(/```console\n(.*?)```/gs)]
    .flatMap(([, block]) => block!.split(/^\$ /m).slice(1))
    .map((step) => {
      const [command, ...output] = step.trimEnd().split('\n');
      return { command: command!, output: output.join('\n') };
    });
}

/** What is printed as `…` may be anything without a quote in it. */
export function elided(output: string): RegExp {
  const parts = output.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^"]+')}$`);
}
