"""The steps of the build that pyproject.toml can't say: where the packages go, and compiling the NF4 kernels.

The packages lie in a folder of their own in the wheel, `lacuna/`, for their names are not ours alone: see
`lacuna/__init__.py`. What measures Lacuna and what trains its demonstration model stay in the source.

Without a compiler the build goes on without kernels: everything works over bitsandbytes then, and the program says so.
"""

import sys
from pathlib import Path

from setuptools import Extension, find_packages, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

sys.path.insert(0, str(Path(__file__).parent))
from engine.kernels.compile import FOLDER, LIBRARY, NoCompiler, compile_library

PACKAGES = find_packages(
    include=["app", "app.*", "ui", "ui.*", "engine", "engine.*", "resources"], exclude=["app.bench", "app.bench.*"]
)
SOURCES = sorted(path.relative_to(Path(__file__).parent).as_posix() for path in FOLDER.glob("*.[ch]"))


class BuildKernels(build_ext):
    """Compiles with `engine.kernels.compile`; an editable installation gets the library into the checkout."""

    def build_extension(self, ext: Extension) -> None:
        target = Path(self.get_ext_fullpath(ext.name))
        target.unlink(missing_ok=True)
        try:
            compile_library(target)
        except NoCompiler as error:
            self.announce(f"lacuna: the NF4 kernels were left out: {error}", level=4)

    def get_ext_filename(self, fullname: str) -> str:
        return "/".join(fullname.split(".")) + Path(LIBRARY).suffix


class PlatformWheel(bdist_wheel):
    """A wheel for this kind of machine and any Python: the library knows nothing of Python."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self) -> tuple[str, str, str]:
        return ("py3", "none", super().get_tag()[2])


setup(
    packages=["lacuna", *(f"lacuna.{name}" for name in PACKAGES)],
    package_dir={f"lacuna.{name}": name.replace(".", "/") for name in PACKAGES},
    ext_modules=[Extension(f"lacuna.engine.kernels.{Path(LIBRARY).stem}", SOURCES, optional=True)],
    cmdclass={"build_ext": BuildKernels, "bdist_wheel": PlatformWheel},
)
