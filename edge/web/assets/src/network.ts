// The map of the network: what the page's list and tables tell, drawn. The places are
// counted by the server; here they are only shown. Without WebGL, or when the file
// does not come, the list is all there is, and nothing is missed.
import Graph from 'graphology';
import Sigma from 'sigma';

type File = {
  nodes: [label: string, x: number, y: number, size: number, community: number, sector: number, place: number, path: string][];
  ties: [a: number, b: number, strength: number, since: number, last: number][];
  sectors: string[];
  places: string[];
};

const colours = ['#b3541e', '#2f6f73', '#7a4b9c', '#8a6d00', '#3b6fb0', '#a33b5e', '#4c7a34', '#6b5b4b', '#00818a', '#9a5a00'];
const plain = '#77706a';
const faint = '#b9aea2';

const frame = document.querySelector<HTMLElement>('[data-network]');
if (frame) void draw(frame).catch(() => { frame.hidden = true; });

async function draw(frame: HTMLElement): Promise<void> {
  if (!document.createElement('canvas').getContext('webgl2')) return;
  const answer = await fetch(frame.dataset.network!);
  if (!answer.ok) return;
  const file = (await answer.json()) as File;
  if (!file.nodes.length) return;
  frame.hidden = false;
  const ink = getComputedStyle(frame).color;

  const graph = new Graph({ type: 'undirected', multi: false });
  file.nodes.forEach(([label, x, y, size], i) => graph.addNode(i, { label, x, y, size: 2 + Math.min(16, Math.sqrt(size) * 1.6), color: plain }));
  file.ties.forEach(([a, b, strength, since, last]) => graph.addEdge(a, b, { size: 0.7 + strength * 2, color: faint, since, last }));

  const by = document.querySelector<HTMLSelectElement>('[data-network-by]');
  const year = document.querySelector<HTMLInputElement>('[data-network-year]');
  const said = document.querySelector<HTMLElement>('[data-network-said]');
  const paint = () => {
    const column = by?.value === 'sector' ? 5 : by?.value === 'place' ? 6 : 4;
    file.nodes.forEach((n, i) => {
      const group = n[column] as number;
      graph.setNodeAttribute(i, 'color', group < 0 ? plain : colours[group % colours.length]);
    });
  };
  const pass = () => {
    const until = Number(year?.value ?? 0);
    graph.forEachEdge((edge, at) => graph.setEdgeAttribute(edge, 'hidden', until > 0 && at.since > 0 && (at.since > until || at.last < until)));
    if (said && year) said.textContent = year.value;
  };
  paint();
  const map = new Sigma(graph, frame, { labelRenderedSizeThreshold: 9, labelColor: { color: ink }, labelFont: getComputedStyle(frame).fontFamily } as never);
  by?.addEventListener('change', () => { paint(); map.refresh(); });
  year?.addEventListener('input', () => { pass(); map.refresh(); });
  map.on('clickNode', ({ node }: { node: string }) => {
    const path = file.nodes[Number(node)]?.[7];
    if (path) location.assign(path);
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-network-do]')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const camera = map.getCamera();
      if (button.dataset.networkDo === 'in') void camera.animatedZoom();
      else if (button.dataset.networkDo === 'out') void camera.animatedUnzoom();
      else void camera.animatedReset();
    });
  }
  for (const tool of document.querySelectorAll<HTMLElement>('[data-network-tools]')) tool.hidden = false;
}
