// What explanations say, in both languages.

import type { Words } from "./page.js";

const en = {
  title: (file: string, says: boolean): string =>
    says ? `Why ${file} says it` : `What happens inside ${file}`,
  said: "What it said",
  saidNote: (how: string) => `The answer that was ${how} is explained, token by token.`,
  greedy: "likeliest",
  given: "given",
  saliency: "What spoke for each token",
  saliencyNote: (method: string, gap: number | undefined): string =>
    `Orange spoke for it, blue against it, in nats of its log-probability (${method}). ` +
    (gap === undefined
      ? "Gradients look at small changes only: with --method integrated-gradients the numbers add up to the whole."
      : `Compared with the mean token; all but ${gap.toFixed(4)} nats is explained.`),
  map: "Rows: what was said; columns: what was read before it.",
  lens: "What it would say after each layer",
  lensNote:
    "The likeliest next token if what a layer gives were what the last one does (logit lens). Lower layers speak another language than the last: what they seem to say is a hint.",
  place: "after",
  said2: "said",
  attention: "What its attentions look at",
  attentionNote: (heads: number) =>
    `A row a layer, a column a head, ${heads} in all: in each square, from top to bottom what looks, from left to right what is looked at. Attention says where information comes from, and not that it matters.`,
  alignment: "What the answer looked at in the source",
  neurons: "Units that react most",
  neuronsNote: (at: string, inputs: number) =>
    `Units of ${at}, on ${inputs === 1 ? "this text" : `${inputs} texts`}: the more orange, the stronger. That a unit reacts to something does not mean that the model needs it for that: ablate it to see.`,
  unit: (unit: number, value: number) => `unit ${unit}, up to ${value.toFixed(2)}`,
  class: "class",
  probability: "probability",
  picture: "a picture",
  pictures: (shown: number, all: number): string =>
    shown < all
      ? `the first ${shown} of ${all} pictures`
      : all === 1
        ? "a picture"
        : `${all} pictures`,
  seed: (seed: number) => `seed ${seed}`,
  pixels: "What spoke for each class",
  pixelsNote: (what: string) =>
    `Left the picture, right what its pixels say: orange spoke for ${what}, blue against it, compared with black (integrated gradients).`,
  theClass: "the class",
  theText: "the text",
  numberNote:
    "Left the picture, right what its pixels say: orange makes the number larger, blue smaller, compared with black (integrated gradients).",
  fits: (text: string, cosine: number) => `“${text}”: cosine ${cosine.toFixed(3)}`,
  cosine: "What made the picture fit the text",
  number: (i: number) => `number ${i}`,
  latentPixels: "What makes the numbers of the latent vector",
  traverse: "What the numbers of the latent vector do",
  traverseNote: (range: number) =>
    `A row a number, from −${range} to ${range}; all others stay. Those first that change most: the bars, the mean difference of the row's two ends, where black and white differ by 1.`,
  ways: "Ways through the noise",
  waysNote: "A row a way from the noise of one seed to that of another.",
  denoising: "How it comes out of noise",
  denoisingNote: (moments: number) =>
    `${moments} moments from left to right. Above the picture as it is, with its noise; below what the model thinks it will be.`,
  change: "change",
  cells: "Which cells a cell was drawn from",
  cellsNote:
    "The outlined cell, and how much less or more likely it would be if others were something else, in nats: the darker, the more. What comes after it on the path has no say. ",
  cellsMost: (first: number, all: number): string =>
    first < all
      ? `These depend most on others, of the first ${first} of ${all} cells; --cell asks for another one.`
      : "These depend most on others.",
  cell: (x: number, y: number, symbol: string, p: string) => `${symbol} at ${x}, ${y}: p ${p}`,
  distance: "How far a cell looks",
  distanceNote: "Mean influence in nats by distance in cells, of all pairs.",
  computes: "What it computes",
  computesNote: "Every activation by its name, in order: simdream/insight traces and patches them.",
  name: "name",
  shape: "shape",
  mean: "mean",
  deviation: "deviation",
  limits: "What this does not show",
  limitsText:
    "Such pictures are evidence, no proof: methods differ, and what looks like a reason may be none. To know whether something matters, change it and see: patch and ablate of simdream/insight do.",
};

const zh: typeof en = {
  title: (file, says) => (says ? `${file} 为什么这样说` : `${file} 内部发生了什么`),
  said: "它说了什么",
  saidNote: (how) => `逐个词元解释${how}的回答。`,
  greedy: "最可能",
  given: "给定",
  saliency: "每个词元的依据",
  saliencyNote: (method, gap) =>
    `橙色表示支持，蓝色表示反对，单位为对数概率的奈特（${method}）。` +
    (gap === undefined
      ? "梯度只反映微小变化；使用 --method integrated-gradients 时各数之和等于整体。"
      : `与平均词元相比；除 ${gap.toFixed(4)} 奈特外全部得到解释。`),
  map: "行：所说的词元；列：之前读到的词元。",
  lens: "每一层之后它会说什么",
  lensNote:
    "假如某一层的输出就是最后一层的输出，最可能的下一个词元（logit lens）。低层的“语言”与最后一层不同，所以只是线索。",
  place: "之后",
  said2: "所说",
  attention: "注意力看向哪里",
  attentionNote: (heads) =>
    `每行一层，每列一个头，共 ${heads} 个：每个方块中，自上而下是看的词元，自左而右是被看的词元。注意力说明信息来自哪里，不说明它是否重要。`,
  alignment: "回答看向源文本的哪里",
  neurons: "反应最强的单元",
  neuronsNote: (at, inputs) =>
    `${at} 的单元，基于${inputs === 1 ? "这段文本" : ` ${inputs} 段文本`}：越橙越强。单元对某物有反应，并不表示模型需要它：可用 ablate 检验。`,
  unit: (unit, value) => `单元 ${unit}，最大 ${value.toFixed(2)}`,
  class: "类别",
  probability: "概率",
  picture: "一张图片",
  pictures: (shown, all) => (shown < all ? `${all} 张图片中的前 ${shown} 张` : `${all} 张图片`),
  seed: (seed) => `种子 ${seed}`,
  pixels: "每个类别的依据",
  pixelsNote: (what) =>
    `左为图片，右为像素的作用：橙色支持${what}，蓝色反对，与黑色相比（积分梯度）。`,
  theClass: "该类别",
  theText: "该文字",
  numberNote: "左为图片，右为像素的作用：橙色使该数变大，蓝色使它变小，与黑色相比（积分梯度）。",
  fits: (text, cosine) => `“${text}”：余弦 ${cosine.toFixed(3)}`,
  cosine: "图片为何与文字相符",
  number: (i) => `第 ${i} 个数`,
  latentPixels: "潜向量各数的由来",
  traverse: "潜向量各数的作用",
  traverseNote: (range) =>
    `每行一个数，从 −${range} 到 ${range}，其余不变。变化最大的在前：条形为一行两端的平均差，黑白之差为 1。`,
  ways: "噪声中的路径",
  waysNote: "每行一条路径，从一个种子的噪声到另一个种子的噪声。",
  denoising: "如何从噪声中产生",
  denoisingNote: (moments) =>
    `自左而右 ${moments} 个时刻。上为当时带噪声的图片，下为模型预想的结果。`,
  change: "变化",
  cells: "一个格子依据哪些格子画出",
  cellsNote:
    "带框的格子，以及其他格子若不同，它的概率会变化多少（奈特）：越深越多。路径上在它之后的格子没有影响。",
  cellsMost: (first, all) =>
    first < all
      ? `所列为前 ${first} 个格子（共 ${all} 个）中最依赖其他格子的几个；用 --cell 可查看别的格子。`
      : "所列为最依赖其他格子的几个。",
  cell: (x, y, symbol, p) => `${symbol}，位置 ${x}, ${y}：p ${p}`,
  distance: "一个格子看多远",
  distanceNote: "所有格子对按距离的平均影响（奈特）。",
  computes: "它计算了什么",
  computesNote: "按顺序列出每个激活及其名称：可用 simdream/insight 读取和替换。",
  name: "名称",
  shape: "形状",
  mean: "平均",
  deviation: "标准差",
  limits: "这些不能说明什么",
  limitsText:
    "这样的图是线索，不是证明：方法各异，看似原因的未必是原因。要知道某物是否重要，就改变它再看：可用 simdream/insight 的 patch 与 ablate。",
};

export type ExplainWords = typeof en;
export const explainWords: Words<typeof en> = { en, zh };
