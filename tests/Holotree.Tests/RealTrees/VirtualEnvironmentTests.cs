using System.Runtime.Versioning;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.RealTrees;

/// <summary>A virtual environment with extension modules in C, one of which finds its library by its full path.</summary>
[SupportedOSPlatform("linux")]
public sealed class VirtualEnvironmentTests
{
    const string Extension = """
        #include <Python.h>
        #define JOIN(a, b) a##b
        #define INIT(name) JOIN(PyInit_, name)
        #ifdef LINKED
        int sample_number(void);
        #else
        static int sample_number(void) { return 7; }
        #endif
        static PyObject *number(PyObject *self, PyObject *none) { return PyLong_FromLong(sample_number()); }
        static PyMethodDef methods[] = { { "number", number, METH_NOARGS, NULL }, { NULL, NULL, 0, NULL } };
        static struct PyModuleDef module = { PyModuleDef_HEAD_INIT, "sample", NULL, -1, methods, NULL, NULL, NULL, NULL };
        PyMODINIT_FUNC INIT(NAME)(void) { return PyModule_Create(&module); }
        """;

    [Theory]
    [MemberData(nameof(RealTree.Volumes), MemberType = typeof(RealTree))]
    public void Environment_with_extension_modules_works_at_another_place(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        Build(site);

        RealTree.UseAtOtherPlaces(site, strategy, (place, report) =>
        {
            bool fits = report.Relocated.Unfit.Count == 0;
            if (!fits) Assert.EndsWith("/site-packages/linked.so", Assert.Single(report.Relocated.Unfit), StringComparison.Ordinal);
            Assert.Equal($"7 {place}\n", Tool.Run(Path.Join(place, "bin/plain")));
            (int code, string said) = Tool.Try(Path.Join(place, "bin/linked"));

            if (fits) Assert.Equal((0, $"42 {place}\n"), (code, said));
            else Assert.Contains("libsample.so", said, StringComparison.Ordinal);       // as the warning said
        });
    }

    static void Build(Site site)
    {
        Tool.Need("python3", "gcc");
        string headers = Tool.Run("python3", "-c", "import sysconfig; print(sysconfig.get_paths()['include'])").Trim();
        if (!File.Exists(Path.Join(headers, "Python.h"))) Assert.Skip($"There are no headers of Python in {headers}.");
        if (Tool.Try("python3", "-c", "import venv").Code != 0) Assert.Skip("This python3 has no venv.");

        Tool.Run("python3", "-m", "venv", "--without-pip", site.Source);
        string[] link = RealTree.BuildSampleLibrary(site);
        string code = site.Folder.Write("extension.c", Extension);
        string packages = Tool.Run(Path.Join(site.Source, "bin/python"), "-c", "import sysconfig; print(sysconfig.get_paths()['platlib'])").Trim();
        string[] compile = ["-shared", "-fPIC", "-I" + headers, code];
        Tool.Run("gcc", [.. compile, "-DNAME=plain", "-o", Path.Join(packages, "plain.so")]);
        Tool.Run("gcc", [.. compile, "-DNAME=linked", "-DLINKED", "-o", Path.Join(packages, "linked.so"), .. link]);
        foreach (string module in new[] { "plain", "linked" })
        {
            RealTree.MakeExecutable(site.Folder.Write($"source/bin/{module}",
                $"#!{site.Source}/bin/python -B\nimport sys, {module}\nprint({module}.number(), sys.prefix)\n"));
        }
        Assert.Equal($"42 {site.Source}\n", Tool.Run(Path.Join(site.Source, "bin/linked")));
    }
}
