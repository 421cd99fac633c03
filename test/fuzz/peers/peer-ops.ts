/** All generators of calls against other libraries, and the public functions without one. */
import { graphHosts } from './graph-host';
import { onnxConvolutions } from './onnx-conv';
import { onnxFunctions } from './onnx-functions';
import { onnxImages } from './onnx-image';
import { onnxIndices } from './onnx-index';
import { onnxLayouts } from './onnx-layout';
import { onnxMaps } from './onnx-maps';
import { onnxNorms } from './onnx-norm';
import { onnxProducts } from './onnx-products';
import type { PeerOp } from './peer-call';
import { tfjsConvolutions } from './tfjs-conv';
import { tfjsImages } from './tfjs-image';
import { tfjsIndices } from './tfjs-index';
import { tfjsLayouts } from './tfjs-layout';
import { tfjsMaps } from './tfjs-maps';
import { tfjsReductions } from './tfjs-reduce';

export const peerOps: readonly PeerOp[] = [
  ...tfjsConvolutions,
  ...tfjsImages,
  ...tfjsIndices,
  ...tfjsLayouts,
  ...tfjsMaps,
  ...tfjsReductions,
  ...graphHosts,
  ...onnxConvolutions,
  ...onnxFunctions,
  ...onnxImages,
  ...onnxIndices,
  ...onnxLayouts,
  ...onnxMaps,
  ...onnxNorms,
  ...onnxProducts,
];

const because = (reason: string, ...names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, reason]));

/** Why a public function has no call here. */
export const WITHOUT_PEER: Readonly<Record<string, string>> = {
  ...because('it is a row of convolutions that have', 'invertedResidual', 'resnextBottleneck', 'separableBlock'),
  ...because('its forms of filters no other library has', 'depthwiseToGroupedFilter', 'groupedToDepthwiseFilter'),
  ...because(
    'it runs files; those with one node are the calls of ONNX and graphs',
    'loadGraphModel',
    'loadLayersModel',
    'loadModel',
    'loadOnnxModel',
    'loadTfliteModel',
  ),
  ...because('it takes or draws images, as test/browser/images.test.ts has them', 'draw', 'tensorFromImage'),
  ...because(
    'it computes nothing by itself',
    'compile',
    'explain',
    'exportTuning',
    'importTuning',
    'indexedDbStore',
    'loadTuning',
    'openGpu',
    'parameterCount',
    'prepare',
    'profile',
    'record',
    'selfTest',
    'tune',
    'warnOfLeaks',
  ),
};

/** Why an operator of ONNX has no call here. */
export const WITHOUT_CALL: Readonly<Record<string, string>> = {
  ...because(
    'its few forms have cases in test/support/onnx-op-cases.ts',
    'Cast',
    'CastLike',
    'ConstantOfShape',
    'Dropout',
    'Identity',
    'Range',
    'ReduceLogSum',
    'Shape',
    'Size',
  ),
  ...because(
    'quantized files have cases of their own',
    'ConvInteger',
    'DequantizeLinear',
    'DynamicQuantizeLinear',
    'MatMulInteger',
    'QLinearConv',
    'QLinearMatMul',
    'QuantizeLinear',
  ),
  ...because('ONNX Runtime does not know it', 'Scatter', 'Swish'),
};
